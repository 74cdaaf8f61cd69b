import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Historian } from '@precedent/history';
import type { HistorianOptions, HistoryEvent } from '@precedent/history';
import { memoryJournalReader, memoryLog } from '@precedent/memory';
import { openHistoryFolder } from '@precedent/sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { aBusyCell } from '../engine/busy.ts';
import { JOURNAL } from '../engine/options.ts';
import { aTask, world } from '../engine/world.ts';
import type { World, WorldOptions } from '../engine/world.ts';

const RETENTION_MS = 3_600_000;

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

/** Its last steps take turns of the virtual clock. */
const stop = async (w: World, historian: Historian): Promise<void> => {
  let isOver = false;
  const stopping = historian.stop().then(() => (isOver = true));
  for (let turns = 0; !isOver; turns++) {
    if (turns > 500) throw new Error('it does not stop');
    await w.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await stopping;
};

/** A history of the cell of an engine world, in its virtual time, in a real file. */
const historyOf = (w: World, retentionMs = RETENTION_MS) => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-historian-'));
  const folder = openHistoryFolder(dir, w.now);
  const told: HistoryEvent[] = [];
  const historian = new Historian({
    files: folder,
    openReader: async (name) => memoryJournalReader(w.journal, name),
    snapshots: async () => memoryLog({ storage: w.snapshots }),
    clock: w.clock,
    defaults: { namespace: 'default', project: 'default' },
    retentionMs,
    tell: (event) => void told.push(event),
  });
  historian.start();
  cleanups.push(async () => {
    await stop(w, historian);
    folder.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const caughtUp = async (): Promise<void> => {
    for (let looks = 0; folder.store.position().seq < w.journal.last; looks++) {
      if (looks > 500) throw new Error(`stuck at ${folder.store.position().seq} of ${w.journal.last}`);
      await w.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const named = (name: HistoryEvent['name']) => told.filter((event) => event.name === name);
  return { folder, historian, desk: historian.service, told, named, caughtUp };
};

const historianOf = (w: World, files: HistorianOptions['files']): Historian =>
  new Historian({
    files,
    openReader: async (name) => memoryJournalReader(w.journal, name),
    snapshots: async () => memoryLog({ storage: w.snapshots }),
    clock: w.clock,
    defaults: { namespace: 'default', project: 'default' },
    retentionMs: RETENTION_MS,
    tell: () => undefined,
  });

const setup = async (options: WorldOptions = {}) => {
  const w = await world(options);
  return { w, ...historyOf(w) };
};

/** What both must say alike. */
const FIELDS = [
  'id',
  'namespace',
  'project',
  'type',
  'band',
  'pool',
  'state',
  'stopping',
  'attempt',
  'retries',
  'submittedAt',
  'startedAt',
  'dueAt',
  'settledAt',
  'worker',
  'preemptions',
  'checkpoint',
  'rollbackFailed',
  'result',
  'error',
] as const;

const alike = (task: object): Record<string, unknown> =>
  Object.fromEntries(FIELDS.map((name) => [name, (task as Record<string, unknown>)[name]]));

const everyTask = async (w: World): Promise<string[]> => [...(await w.list({ limit: 1_000 })).ids];

const saysAsTheEngine = async (w: World, desk: Historian['service']): Promise<void> => {
  for (const id of await everyTask(w)) {
    const [engine, history] = [await w.get(id), (await desk.get({ id })).task];
    expect(alike(history)).toEqual(alike(engine));
  }
};

describe('a history beside an engine', () => {
  it('says of every task what the engine says, in every state', async () => {
    const w = await aBusyCell();
    const { desk, caughtUp } = historyOf(w);
    await caughtUp();
    await saysAsTheEngine(w, desk);
    expect((await everyTask(w)).length).toBeGreaterThan(5);
  });

  it('says so also when it was stopped and started again after every change', async () => {
    const { w, historian, folder, desk, caughtUp } = await setup();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await caughtUp();
    await stop(w, historian);
    const again = new Historian({
      files: folder,
      openReader: async (name) => memoryJournalReader(w.journal, name),
      snapshots: async () => memoryLog({ storage: w.snapshots }),
      clock: w.clock,
      defaults: { namespace: 'default', project: 'default' },
      retentionMs: RETENTION_MS,
      tell: () => undefined,
    });
    again.start();
    cleanups.push(() => stop(w, again));
    await worker.complete('a', { ok: true });
    await caughtUp();
    expect((await desk.get({ id: 'a' })).task).toMatchObject({ state: 'completed', result: { ok: true } });
    expect((await desk.get({ id: 'a' })).attempts).toMatchObject([{ outcome: 'completed' }]);
  });

  it('holds a question for a verdict back until it has read it', async () => {
    const { w, desk, caughtUp } = await setup();
    await caughtUp();
    await w.submit(aTask({ id: 'a' }));
    await w.cancel('a');
    const asked = desk.get({ id: 'a', waitMs: 2_000 });
    await caughtUp();
    expect((await asked).task.state).toBe('cancelled');
  });

  it('says how far behind it is', async () => {
    const { w, desk, caughtUp } = await setup();
    await caughtUp();
    expect((await desk.status()).freshness).toMatchObject({ lagMs: 0, seq: w.journal.last });
  });

  it('forgets verdicts after their time, and keeps what is open', async () => {
    const w = await world();
    const { desk, caughtUp, named } = historyOf(w, 60_000);
    await w.submit(aTask({ id: 'open', timeouts: { queue: 1e9, total: 1e9 } }), aTask({ id: 'over' }));
    await w.cancel('over');
    await caughtUp();
    await w.advance(30_000);
    expect((await desk.list({})).tasks).toHaveLength(2);
    await w.advance(120_000);
    await caughtUp();
    expect((await desk.list({})).tasks.map(({ id }) => id)).toEqual(['open']);
    expect(named('history.forgot').length).toBe(1);
  });
});

const PURGED = { journal: { ...JOURNAL, snapshotEvery: 1, retentionMs: 0 } };

/** Lets the engine take snapshots and purge its journal, while nobody protects it. */
const purgeJournal = async (w: World): Promise<void> => {
  const before = w.events('snapshot.written').length;
  for (let round = 0; w.events('snapshot.written').length < before + 3; round++) {
    if (round > 50) throw new Error('the journal was not purged');
    for (let n = 0; n < 5; n++) await w.cancel((await w.submit(aTask({ type: 'filler' })))[0] ?? '');
    await w.advance(1_000);
  }
};

describe('a history whose journal was purged before it could read it', () => {
  it('begins with the snapshot of the engine, and says that there was a gap', async () => {
    const w = await world(PURGED);
    await w.submit(aTask({ id: 'early' }));
    await purgeJournal(w);
    expect(w.journal.entries[0]?.seq ?? w.journal.last + 1).toBeGreaterThan(1);
    const { desk, caughtUp, named } = historyOf(w);
    await caughtUp();
    expect(named('history.gap').length).toBe(1);
    expect(named('history.rebuilt').length).toBe(1);
    await saysAsTheEngine(w, desk);
    expect((await desk.get({ id: 'early' })).task.state).toBe('queued');
    await w.cancel('early');
    await caughtUp();
    expect((await desk.get({ id: 'early' })).task.state).toBe('cancelled');
  });

  it('keeps what it had, and what it has of the snapshot goes on', async () => {
    const w = await world(PURGED);
    const first = historyOf(w);
    const worker = await w.worker();
    await w.submit(aTask({ id: 'kept' }));
    await worker.complete('kept', { n: 1 });
    await w.submit(aTask({ id: 'running' }));
    await first.caughtUp();
    const position = first.folder.store.position();
    // It is away for so long that it is not waited for any more.
    await stop(w, first.historian);
    w.journal.protect('history', Number.MAX_SAFE_INTEGER);
    await purgeJournal(w);
    expect(w.journal.entries[0]?.seq ?? w.journal.last + 1).toBeGreaterThan(position.seq + 1);
    const told: HistoryEvent[] = [];
    const again = new Historian({
      files: first.folder,
      openReader: async (name) => memoryJournalReader(w.journal, name),
      snapshots: async () => memoryLog({ storage: w.snapshots }),
      clock: w.clock,
      defaults: { namespace: 'default', project: 'default' },
      retentionMs: RETENTION_MS,
      tell: (event) => void told.push(event),
    });
    again.start();
    cleanups.push(() => stop(w, again));
    await first.caughtUp();
    expect(told.map(({ name }) => name)).toContain('history.rebuilt');
    expect((await again.service.get({ id: 'kept' })).task).toMatchObject({
      state: 'completed',
      result: { n: 1 },
    });
    await worker.complete('running');
    await first.caughtUp();
    expect((await again.service.get({ id: 'running' })).task.state).toBe('completed');
    await saysAsTheEngine(w, again.service);
  });

  it('does not keep what was deleted meanwhile: the snapshot tells of it', async () => {
    const w = await world({ ...PURGED, recent: { maxTasks: 0, maxBytes: 0, maxIds: 1_000 } });
    const first = historyOf(w);
    for (const id of ['gone', 'other']) {
      await w.submit(aTask({ id, namespace: id }));
      await w.cancel(id);
    }
    await first.caughtUp();
    const position = first.folder.store.position();
    await stop(w, first.historian);
    await w.delete('gone', { namespace: 'gone', forgotten: true });
    // Whoever names another namespace takes nothing away.
    await w.delete('other', { namespace: 'gone', forgotten: true });
    w.journal.protect('history', Number.MAX_SAFE_INTEGER);
    await purgeJournal(w);
    expect(w.journal.entries[0]?.seq ?? w.journal.last + 1).toBeGreaterThan(position.seq + 2);
    const again = historianOf(w, first.folder);
    again.start();
    cleanups.push(() => stop(w, again));
    await first.caughtUp();
    await expect(again.service.get({ id: 'gone' })).rejects.toThrow('the history has no task gone');
    expect((await again.service.get({ id: 'other' })).task.state).toBe('cancelled');
  });

  it('is rebuilt on request from journal and history together, and nothing differs, nor comes back', async () => {
    const w = await aBusyCell();
    const { desk, caughtUp, named, historian, folder } = historyOf(w);
    const [settled] = (await w.list({ state: ['completed'] })).ids;
    await w.delete(settled ?? '');
    await caughtUp();
    await expect(desk.get({ id: settled ?? '' })).rejects.toThrow('has no task');
    const before = folder.store.counts();
    const rows = (await desk.list({ limit: 1_000 })).tasks;
    expect(historian.rebuild()).toBe(true);
    expect(historian.rebuild()).toBe(false);
    for (let looks = 0; named('history.rebuilt').length === 0; looks++) {
      if (looks > 500) throw new Error('the rebuild does not end');
      await w.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { bytes: _, ...counts } = folder.store.counts();
    expect(before).toMatchObject(counts);
    expect((await desk.list({ limit: 1_000 })).tasks).toEqual(rows);
    await w.submit(aTask({ id: 'after' }));
    await caughtUp();
    expect((await desk.get({ id: 'after' })).task.state).toBe('queued');
    await saysAsTheEngine(w, desk);
  });
});
