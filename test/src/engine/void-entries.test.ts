import { seededRandom } from '@precedent/testkit';
import { describe, expect, it } from 'vitest';
import { JOURNAL } from './options.ts';
import { plainState } from './plain-state.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const FOREIGN = ['hello', '', '{}', '{"v":1,"epoch":99,"at":1,"classes":[],"records":[]}', '{"v":99}'];

const appendForeign = (w: World, text = 'hello'): void => w.journal.appendForeign(text, w.now);

describe('a journal into which another client publishes', () => {
  it.each(FOREIGN)('is replayed without it: %j', async (text) => {
    const w = await world();
    await w.submit(aTask({ id: 'before' }));
    w.crash();
    appendForeign(w, text);
    await w.restart();
    await w.submit(aTask({ id: 'after' }));
    expect([await w.stateOf('before'), await w.stateOf('after')]).toEqual(['queued', 'queued']);
    expect(await w.status()).toMatchObject({ voidEntries: 1, epoch: 2 });
    expect(w.events('journal.void')).toMatchObject([{ entries: 1 }]);
  });

  it('does not stop its engine, which continues after the message', async () => {
    const w = await world();
    const worker = await w.worker();
    for (const text of FOREIGN) {
      appendForeign(w, text);
      const answer = w.offer({ task: aTask({ id: `task-${text.length}` }) }).catch(() => undefined);
      await w.advance(2_000);
      await answer;
      await worker.complete(`task-${text.length}`);
    }
    expect(w.engine.state).toBe('running');
    expect(await w.status()).toMatchObject({ voidEntries: FOREIGN.length, epoch: 1 });
    expect(plainState(await w.rebuilt('journal'))).toEqual(w.memory());
  });

  it('holds every task once and in order, whenever messages come', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const w = await world();
      const order: string[] = [];
      for (let i = 0; i < 25; i++) {
        for (let n = random.int(0, 2); n > 0; n--) appendForeign(w, random.pick(FOREIGN));
        if (random.chance(0.3)) w.host.journal.failNext(random.pick(['before', 'after']), random.int(1, 3));
        w.api.tasks.submit([{ task: aTask({ id: `t${i}` }) }], () => void order.push(`t${i}`));
        if (random.chance(0.5)) await w.advance(random.int(0, 60));
      }
      await w.advance(20_000);
      const all = Array.from({ length: 25 }, (_, i) => `t${i}`);
      const submitted = w.records().flatMap((record) => (record.kind === 'submitted' ? [record.id] : []));
      expect([order, submitted], `seed ${seed}`).toEqual([all, all]);
      expect(w.engine.state, `seed ${seed}`).toBe('running');
      expect(plainState(await w.rebuilt('journal')), `seed ${seed}`).toEqual(w.memory());
    }
  });

  it('invalidates a snapshot that names sequences which were taken meanwhile', async () => {
    const w = await world({ journal: { ...JOURNAL, snapshotEvery: 5 } });
    const worker = await w.worker({ slots: 3 });
    for (let i = 0; i < 6; i++) await w.submit(aTask());
    w.host.carrier.hold();
    w.api.tasks.submit([{ task: aTask({ id: 'late' }) }], () => undefined);
    await w.settle();
    appendForeign(w);
    await w.advance(1_500);
    w.host.carrier.release();
    await w.advance(1_000);
    expect(w.events('snapshot.failed')).toMatchObject([{ problem: { code: 'JOURNAL_FENCED' } }]);
    expect(worker.ids).toHaveLength(3);
    for (let i = 0; i < 20; i++) await w.cancel((await w.submit(aTask()))[0] ?? '');
    await w.advance(1_500);
    expect(w.events('snapshot.written')).toHaveLength(1);
    expect(plainState(await w.rebuilt('snapshot'))).toEqual(w.memory());
  });
});

/** An engine that has written two snapshots and has gone on since. */
const withSnapshots = async (): Promise<World> => {
  const w = await world({ journal: { ...JOURNAL, snapshotEvery: 10, retentionMs: 0 } });
  for (let batch = 0; batch < 6; batch++) {
    for (let i = 0; i < 4; i++) {
      const [id = ''] = await w.submit(aTask());
      if (i > 0) await w.cancel(id);
    }
    await w.advance(1_500);
  }
  return w;
};

const damage = (w: World, which: (text: string) => boolean, text = '{"v":'): number => {
  const seqs = w.snapshots.entries.filter((entry) => which(entry.text)).map(({ seq }) => seq);
  for (const seq of seqs) w.snapshots.damage(seq, text);
  return seqs.length;
};

const kindIs =
  (kind: string) =>
  (text: string): boolean =>
    text.includes(`"kind":"${kind}"`);

describe('snapshots of which the latest cannot be read', () => {
  it('are two: the previous one is kept, with the journal after it', async () => {
    const w = await withSnapshots();
    expect(w.snapshots.entries.filter(({ text }) => kindIs('end')(text))).toHaveLength(2);
    const [first] = w.snapshots.entries.map(({ text }) => JSON.parse(text) as { asOf: number });
    expect(w.journal.entries[0]?.seq).toBeLessThanOrEqual((first?.asOf ?? 0) + 1);
  });

  it.each(['begin', 'rows', 'end'])('are replaced by the one before: its %s is damaged', async (kind) => {
    for (const text of ['{"v":', '{}', '[]', 'null', `{"v":3,"kind":"${kind}"}`]) {
      const w = await withSnapshots();
      const memory = w.memory();
      w.crash();
      const last = w.snapshots.entries.findLast((entry) => kindIs(kind)(entry.text));
      w.snapshots.damage(last?.seq ?? 0, text);
      await w.restart();
      expect(w.memory()).toEqual(memory);
      expect(w.events('recovery.finished').at(-1)).toMatchObject({ fromSnapshot: true });
      expect(w.events('snapshot.unreadable')).toMatchObject([{ problem: { code: 'JOURNAL_CORRUPT' } }]);
    }
  });

  it('are replaced by the one before when an entry is missing', async () => {
    const w = await withSnapshots();
    const memory = w.memory();
    w.crash();
    w.snapshots.erase(w.snapshots.entries.findLast(({ text }) => kindIs('rows')(text))?.seq ?? 0);
    await w.restart();
    expect(w.memory()).toEqual(memory);
  });

  it('stop the engine with JOURNAL_CORRUPT where neither can be read and the journal does not begin at its first entry', async () => {
    const w = await withSnapshots();
    w.crash();
    expect(damage(w, kindIs('begin'))).toBe(2);
    await expect(w.restart()).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message: expect.stringContaining('entry 1'),
    });
  });

  it('are replaced by the whole journal where that begins at its first entry', async () => {
    const w = await world({ journal: { ...JOURNAL, snapshotEvery: 5, retentionMs: 3_600_000 } });
    for (let i = 0; i < 20; i++) await w.submit(aTask());
    await w.advance(3_000);
    const memory = w.memory();
    w.crash();
    expect(damage(w, kindIs('begin'))).toBeGreaterThan(0);
    await w.restart();
    expect(w.memory()).toEqual(memory);
    expect(w.events('recovery.finished').at(-1)).toMatchObject({ fromSnapshot: false });
  });

  it('are not disturbed by what another client publishes among them', async () => {
    const w = await withSnapshots();
    const memory = w.memory();
    w.snapshots.appendForeign('hello', w.now);
    w.crash();
    await w.restart();
    expect(w.memory()).toEqual(memory);
    expect(w.events('recovery.finished').at(-1)).toMatchObject({ fromSnapshot: true });
  });
});
