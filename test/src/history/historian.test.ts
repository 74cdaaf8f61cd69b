import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Historian } from '@precedent/history';
import type { HistorianOptions, HistoryEvent } from '@precedent/history';
import { memoryJournalReader, memoryLog } from '@precedent/memory';
import { sequenceText } from '@precedent/kernel';
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

/** Stops it while the virtual clock advances, which its last steps wait for. */
const stop = async (w: World, historian: Historian): Promise<void> => {
  let isOver = false;
  const stopping = historian.stop().then(() => (isOver = true));
  for (let turns = 0; !isOver; turns++) {
    if (turns > 500) throw new Error('the history does not stop');
    await w.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await stopping;
};

interface Options {
  readonly files: HistorianOptions['files'];
  readonly retentionMs?: number;
  readonly emit?: HistorianOptions['emit'];
}

const historianOn = (
  w: World,
  { files, retentionMs = RETENTION_MS, emit = () => undefined }: Options,
): Historian =>
  new Historian({
    files,
    openReader: async (name) => memoryJournalReader(w.journal, name),
    snapshots: async () => memoryLog({ storage: w.snapshots }),
    clock: w.clock,
    defaults: { namespace: 'default', project: 'default' },
    retentionMs,
    emit: emit,
  });

/** A history of the cell of an engine world, in its virtual time, in a real file. */
const historyOf = (w: World, retentionMs = RETENTION_MS) => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-historian-'));
  const folder = openHistoryFolder(dir, w.now);
  const events: HistoryEvent[] = [];
  const historian = historianOn(w, { files: folder, retentionMs, emit: (event) => void events.push(event) });
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
  const named = (name: HistoryEvent['name']) => events.filter((event) => event.name === name);
  return { folder, historian, service: historian.service, events, named, caughtUp };
};

const setup = async (options: WorldOptions = {}) => {
  const w = await world(options);
  return { w, ...historyOf(w) };
};

const BEGINNING = sequenceText(0, 0);

/** The fields that history and engine must agree on. */
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

const comparedFields = (task: object): Record<string, unknown> =>
  Object.fromEntries(FIELDS.map((name) => [name, (task as Record<string, unknown>)[name]]));

const everyTask = async (w: World): Promise<string[]> => [...(await w.list({ limit: 1_000 })).ids];

const expectSameAsEngine = async (w: World, service: Historian['service']): Promise<void> => {
  for (const id of await everyTask(w)) {
    const [engine, history] = [await w.get(id), (await service.get({ id })).task];
    expect(comparedFields(history)).toEqual(comparedFields(engine));
  }
};

describe('a history that follows an engine', () => {
  it('shows every task as the engine does, in every state', async () => {
    const w = await aBusyCell();
    const { service, caughtUp } = historyOf(w);
    await caughtUp();
    await expectSameAsEngine(w, service);
    expect((await everyTask(w)).length).toBeGreaterThan(5);
  });

  it('has every event of the feed that follows from the journal, with the same sequence, and no other', async () => {
    const w = await aBusyCell();
    const { service, caughtUp } = historyOf(w);
    await caughtUp();
    w.crash();
    await w.restart();
    await w.submit(aTask({ id: 'later' }));
    await w.delete('cancelled');
    await caughtUp();
    // Of a deleted task the deletion remains.
    const isComparable = (id: string, event: string): boolean => id !== 'cancelled' || event === 'deleted';
    const published = w.feed.events.flatMap(({ place, id, event, epoch, attempt }) =>
      place && isComparable(id, event)
        ? [{ sequence: sequenceText(place.entry, place.index), id, event, epoch, attempt }]
        : [],
    );
    const { events } = await service.feed({ after: BEGINNING, limit: 1_000 });
    expect(
      events.map(({ sequence, id, event, epoch, attempt }) => ({ sequence, id, event, epoch, attempt })),
    ).toEqual(published);
    expect(new Set(events.map(({ event }) => event)).size).toBeGreaterThan(7);
    const half = events.slice(events.length / 2);
    expect((await service.feed({ after: half[0]?.sequence, limit: 1_000 })).events).toEqual(half.slice(1));
  });

  it('shows the verdict and the attempts also after it was stopped and started again', async () => {
    const { w, historian, folder, service, caughtUp } = await setup();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await caughtUp();
    await stop(w, historian);
    const again = historianOn(w, { files: folder });
    again.start();
    cleanups.push(() => stop(w, again));
    await worker.complete('a', { ok: true });
    await caughtUp();
    expect((await service.get({ id: 'a' })).task).toMatchObject({ state: 'completed', result: { ok: true } });
    expect((await service.get({ id: 'a' })).attempts).toMatchObject([{ outcome: 'completed' }]);
  });

  it('shows tasks that were assigned ahead as the engine does, with run times from their starts', async () => {
    const { w, service, caughtUp } = await setup();
    const worker = await w.worker({ ahead: 1 });
    for (const id of ['a', 'b', 'c', 'd']) {
      await w.submit(aTask({ id }));
      await w.advance(20);
      await worker.complete(id);
    }
    await w.submit(...['first', 'next', 'unwanted'].map((id) => aTask({ id })));
    expect([...worker.unstarted]).toEqual(['next']);
    await caughtUp();
    await expectSameAsEngine(w, service);
    await worker.completeAndStart('first', 'next');
    const startedAt = w.now;
    expect([...worker.unstarted]).toEqual(['unwanted']);
    await w.cancel('unwanted');
    await w.advance(15);
    await worker.complete('next');
    await worker.end('unwanted', { outcome: 'returned' });
    await caughtUp();
    await expectSameAsEngine(w, service);
    const ended = await service.get({ id: 'next' });
    expect(ended.task).toMatchObject({ startedAt, ranMs: 15 });
    expect(ended.attempts).toMatchObject([{ attempt: 1, startedAt, endedAt: startedAt + 15 }]);
    const { task } = await service.get({ id: 'unwanted' });
    expect([task.state, task.ranMs]).toEqual(['cancelled', undefined]);
  });

  it('delays a request that waits for a verdict until it has read the verdict', async () => {
    const { w, service, caughtUp } = await setup();
    await caughtUp();
    await w.submit(aTask({ id: 'a' }));
    await w.cancel('a');
    const reply = service.get({ id: 'a', waitMs: 2_000 });
    await caughtUp();
    expect((await reply).task.state).toBe('cancelled');
  });

  it('reports how far it lags behind the journal', async () => {
    const { w, service, caughtUp } = await setup();
    await caughtUp();
    expect((await service.status()).freshness).toMatchObject({ lagMs: 0, seq: w.journal.last });
  });

  it('forgets settled tasks after the retention time, and keeps open ones', async () => {
    const w = await world();
    const { service, caughtUp, named } = historyOf(w, 60_000);
    await w.submit(aTask({ id: 'open', timeouts: { queue: 1e9, total: 1e9 } }), aTask({ id: 'over' }));
    await w.cancel('over');
    await caughtUp();
    await w.advance(30_000);
    expect((await service.list({})).tasks).toHaveLength(2);
    await w.advance(120_000);
    await caughtUp();
    expect((await service.list({})).tasks.map(({ id }) => id)).toEqual(['open']);
    expect(named('history.forgot').length).toBe(1);
  });
});

const PURGED = { journal: { ...JOURNAL, snapshotEvery: 1, retentionMs: 0 } };

/** Lets the engine take snapshots and purge its journal, which no reader protects. */
const purgeJournal = async (w: World): Promise<void> => {
  const before = w.events('snapshot.written').length;
  for (let round = 0; w.events('snapshot.written').length < before + 3; round++) {
    if (round > 50) throw new Error('the journal was not purged');
    for (let n = 0; n < 5; n++) await w.cancel((await w.submit(aTask({ type: 'filler' })))[0] ?? '');
    await w.advance(1_000);
  }
};

describe('a history whose journal was purged before it could read it', () => {
  it('starts from the snapshot of the engine, and reports the gap', async () => {
    const w = await world(PURGED);
    await w.submit(aTask({ id: 'early' }));
    await purgeJournal(w);
    expect(w.journal.entries[0]?.seq ?? w.journal.last + 1).toBeGreaterThan(1);
    const { service, caughtUp, named } = historyOf(w);
    await caughtUp();
    expect(named('history.gap').length).toBe(1);
    expect(named('history.rebuilt').length).toBe(1);
    await expectSameAsEngine(w, service);
    expect((await service.get({ id: 'early' })).task.state).toBe('queued');
    await w.cancel('early');
    await caughtUp();
    expect((await service.get({ id: 'early' })).task.state).toBe('cancelled');
  });

  it('keeps its earlier tasks, and continues those of the snapshot', async () => {
    const w = await world(PURGED);
    const first = historyOf(w);
    const worker = await w.worker();
    await w.submit(aTask({ id: 'kept' }));
    await worker.complete('kept', { n: 1 });
    await w.submit(aTask({ id: 'running' }));
    await first.caughtUp();
    const position = first.folder.store.position();
    // The history is away for so long that its position does not protect the journal any more.
    await stop(w, first.historian);
    w.journal.protect('history', Number.MAX_SAFE_INTEGER);
    await purgeJournal(w);
    expect(w.journal.entries[0]?.seq ?? w.journal.last + 1).toBeGreaterThan(position.seq + 1);
    const events: HistoryEvent[] = [];
    const again = historianOn(w, { files: first.folder, emit: (event) => void events.push(event) });
    again.start();
    cleanups.push(() => stop(w, again));
    await first.caughtUp();
    expect(events.map(({ name }) => name)).toContain('history.rebuilt');
    expect((await again.service.get({ id: 'kept' })).task).toMatchObject({
      state: 'completed',
      result: { n: 1 },
    });
    await worker.complete('running');
    await first.caughtUp();
    expect((await again.service.get({ id: 'running' })).task.state).toBe('completed');
    await expectSameAsEngine(w, again.service);
  });

  it('removes what was deleted meanwhile, because the snapshot lists the deletion', async () => {
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
    // A deletion that names another namespace removes nothing.
    await w.delete('other', { namespace: 'gone', forgotten: true });
    w.journal.protect('history', Number.MAX_SAFE_INTEGER);
    await purgeJournal(w);
    expect(w.journal.entries[0]?.seq ?? w.journal.last + 1).toBeGreaterThan(position.seq + 2);
    const again = historianOn(w, { files: first.folder });
    again.start();
    cleanups.push(() => stop(w, again));
    await first.caughtUp();
    await expect(again.service.get({ id: 'gone' })).rejects.toThrow('the history has no task gone');
    expect((await again.service.get({ id: 'other' })).task.state).toBe('cancelled');
  });

  it('is rebuilt on request from journal and history: nothing differs, and deleted tasks stay deleted', async () => {
    const w = await aBusyCell();
    const { service, caughtUp, named, historian, folder } = historyOf(w);
    const [settled] = (await w.list({ state: ['completed'] })).ids;
    await w.delete(settled ?? '');
    await caughtUp();
    await expect(service.get({ id: settled ?? '' })).rejects.toThrow('has no task');
    const before = folder.store.counts();
    const rows = (await service.list({ limit: 1_000 })).tasks;
    expect(historian.rebuild()).toBe(true);
    expect(historian.rebuild()).toBe(false);
    for (let looks = 0; named('history.rebuilt').length === 0; looks++) {
      if (looks > 500) throw new Error('the rebuild does not end');
      await w.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { bytes: _, ...counts } = folder.store.counts();
    expect(before).toMatchObject(counts);
    expect((await service.list({ limit: 1_000 })).tasks).toEqual(rows);
    await w.submit(aTask({ id: 'after' }));
    await caughtUp();
    expect((await service.get({ id: 'after' })).task.state).toBe('queued');
    await expectSameAsEngine(w, service);
  });
});
