import type { ListReply } from '@precedent/contract-types';
import { seededRandom } from '@precedent/testkit';
import type { SeededRandom } from '@precedent/testkit';
import { describe, expect, it } from 'vitest';
import { JOURNAL } from './options.ts';
import { plainState } from './plain-state.ts';
import type { PlainState } from './plain-state.ts';
import type { ScriptedWorker } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const RETENTION_MS = 3_600_000;
/** Above twice what `interrupted` leaves in the table, and above what a table stands at least. */
const COMING = 150;
/** So large that a few tasks fill an entry of a snapshot. */
const PAYLOAD = 'x'.repeat(90_000);
const LIMIT = { maxWaiting: 1_000, maxWaitingBytes: 1_000_000_000 };

/** Something that happens in a cell while its snapshot is being written. */
const something = async (w: World, worker: ScriptedWorker, random: SeededRandom): Promise<void> => {
  const [running] = random.shuffle([...worker.running.keys()]);
  const kind = random.int(0, 6);
  if (kind === 0 || running === undefined) {
    const key = random.chance(0.5) ? { idempotencyKey: `k${random.int(0, 1e9)}` } : {};
    await w.submit(aTask({ payload: PAYLOAD, retry: { delay: random.pick([50, 60_000]) }, ...key }));
  } else if (kind === 1) await worker.complete(running, random.int(0, 9));
  else if (kind === 2) await worker.fail(running);
  else if (kind === 3) await worker.end(running, { outcome: 'returned' });
  else if (kind === 4) await w.cancel(running);
  else if (kind === 5) await deleteOne(w, random);
  else await w.advance(random.int(1, 60));
};

const VERDICTS = ['completed', 'failed', 'cancelled'] as const;

const deleteOne = async (w: World, random: SeededRandom): Promise<void> => {
  const { tasks } = await w.ask<ListReply>((api, reply) => api.tasks.list({ state: [...VERDICTS] }, reply));
  const [task] = random.shuffle(tasks);
  if (task) await w.delete(task.id);
};

/** More comes and goes than there is, so that the table of tasks is renewed while the snapshot walks through it; then all that waits goes. */
const comeAndGo = async (w: World): Promise<void> => {
  for (let n = 0; n < COMING; n++) await endAndDelete(w, await w.submit(aTask()));
  await w.submit(aTask());
  const { tasks } = await w.ask<ListReply>((api, reply) =>
    api.tasks.list({ state: ['queued', 'retrying'] }, reply),
  );
  await endAndDelete(
    w,
    tasks.map(({ id }) => id),
  );
};

const endAndDelete = async (w: World, ids: readonly string[]): Promise<void> => {
  for (const id of ids) {
    await w.cancel(id);
    await w.delete(id);
  }
};

/** A cell with a snapshot under way, of which some part is written after each thing that happens. */
const interrupted = async (seed: number, recent: number, between?: Happening): Promise<World> => {
  const random = seededRandom(seed);
  const w = await world({
    journal: {
      ...JOURNAL,
      entryCharsMax: 200_000,
      backlogMax: 1e9,
      snapshotEvery: 1,
      retentionMs: RETENTION_MS,
    },
    recent: { maxTasks: recent, maxBytes: 1e9, maxIds: 1_000 },
    limits: { low: LIMIT, normal: LIMIT, high: LIMIT, critical: LIMIT },
  });
  const worker = await w.worker({ slots: 3 });
  for (let i = 0; i < 12; i++) await something(w, worker, random);
  w.host.snapshotCarrier.hold();
  while (w.host.snapshotCarrier.held === 0) {
    await something(w, worker, random);
    await w.advance(1_000);
  }
  const steps = random.int(4, 40);
  for (let i = 0; i < steps; i++) {
    w.host.snapshotCarrier.step();
    await w.settle();
    for (let n = random.int(0, 2); n > 0; n--) await something(w, worker, random);
    if (i === 1) await between?.(w);
  }
  return w;
};

type Happening = (w: World) => Promise<void>;

const openRows = ({ rows }: PlainState): readonly unknown[] =>
  rows.filter((row) => !('settledAt' in (row as { progress: { run: object } }).progress.run));

describe('a snapshot that is taken while work goes on', () => {
  it('rebuilds the same state, with the tail of the journal, as the whole journal', async () => {
    let [finished, deleted] = [0, 0];
    for (let seed = 0; seed < 60; seed++) {
      const w = await interrupted(seed, 1_000);
      finished += w.snapshots.entries.some(({ text }) => text.includes('"kind":"end"')) ? 1 : 0;
      const before = w.memory();
      deleted += before.deleted.length;
      expect(plainState(await w.rebuilt('journal')), `journal, seed ${seed}`).toEqual(before);
      expect(plainState(await w.rebuilt('snapshot')), `snapshot, seed ${seed}`).toEqual(before);
      w.crash();
      await w.restart();
      expect(w.memory(), `restart, seed ${seed}`).toEqual(before);
    }
    expect(finished).toBeGreaterThan(20);
    expect(deleted).toBeGreaterThan(20);
  });

  it('holds no deleted task, also when the table was renewed while it was written', async () => {
    for (let seed = 200; seed < 210; seed++) {
      const w = await interrupted(seed, 1_000, comeAndGo);
      expect(plainState(await w.rebuilt('snapshot')), `seed ${seed}`).toEqual(w.memory());
    }
  });

  it('holds every id and queue position, also when tasks were forgotten between its entries', async () => {
    for (let seed = 100; seed < 140; seed++) {
      const w = await interrupted(seed, 1);
      const ids = new Set(w.records().flatMap((record) => (record.kind === 'submitted' ? [record.id] : [])));
      const rebuilt = await w.rebuilt('snapshot');
      const { table } = rebuilt;
      const unknown = [...ids].filter((id) => table.get(id) === undefined && !table.wasSettled(id));
      expect(unknown, `seed ${seed}`).toEqual([]);
      const open = openRows(plainState(rebuilt));
      expect(open, `seed ${seed}`).toEqual(openRows(w.memory()));
    }
  });
});
