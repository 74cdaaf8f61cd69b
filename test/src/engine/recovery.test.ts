import { describe, expect, it } from 'vitest';
import { JOURNAL } from './options.ts';
import { aBusyCell } from './busy.ts';
import { land } from './land.ts';
import { plainState } from './plain-state.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const OFTEN = { ...JOURNAL, snapshotEvery: 1, retentionMs: 3_600_000 };
const OFTEN_AND_PURGED = { ...OFTEN, retentionMs: 0 };

/** Lets enough happen that a snapshot is taken. */
const untilSnapshot = async (w: World): Promise<void> => {
  const before = w.events('snapshot.written').length;
  for (let round = 0; w.events('snapshot.written').length === before; round++) {
    if (round > 20) throw new Error('no snapshot was taken');
    for (let i = 0; i < 5; i++) {
      const [id = ''] = await w.submit(aTask({ type: 'filler' }));
      await w.cancel(id);
    }
    await w.advance(1_000);
  }
};

const failing = async (w: World): Promise<unknown> => {
  const host = w.make('e1');
  const started = host.engine.start().catch((error: unknown) => error);
  await w.settle();
  expect(host.engine.state).toBe('error');
  expect(host.endpoints).toEqual([]);
  return started;
};

describe('a recovery', () => {
  it('starts empty at the first epoch', async () => {
    const w = await world();
    expect(await w.status()).toMatchObject({ epoch: 1 });
    expect(w.records().map(({ kind }) => kind)).toEqual(['epoch', 'epoch']);
  });

  it('rebuilds everything from the journal alone, field by field', async () => {
    const w = await aBusyCell();
    const before = w.memory();
    expect(before.rows.length).toBeGreaterThan(8);
    w.crash();
    await w.restart();
    expect(w.memory()).toEqual(before);
  });

  it('rebuilds the same from a snapshot and the tail of the journal', async () => {
    const w = await aBusyCell({ journal: OFTEN });
    expect(w.events('snapshot.written').length).toBeGreaterThan(0);
    await w.submit(aTask({ id: 'behind-the-snapshot', idempotencyKey: 'k9' }));
    const before = w.memory();
    expect(plainState(await w.rebuilt('snapshot'))).toEqual(before);
    expect(plainState(await w.rebuilt('journal'))).toEqual(before);
    w.crash();
    await w.restart();
    expect(w.memory()).toEqual(before);
    expect(w.events('recovery.finished').at(-1)).toMatchObject({ fromSnapshot: true });
  });

  it('continues to count epochs, also when no entry follows the snapshot', async () => {
    const w = await world({ journal: OFTEN_AND_PURGED });
    await w.submit(aTask({ id: 'a' }));
    await untilSnapshot(w);
    for (const epoch of [2, 3, 4]) {
      w.crash();
      await w.restart();
      expect((await w.status()).epoch).toBe(epoch);
      await untilSnapshot(w);
    }
  });

  it('ignores entries that an engine wrote after it had been succeeded', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    const [, , first = ''] = w.journal.entries.map(({ text }) => text);
    w.crash();
    await w.restart();
    w.crash();
    const unsealed = first.replace(/,"prev":"[\w-]*"/, '').replace(/,"sum":"[\w-]{43}"}$/, '}');
    land(w.journal, unsealed.replaceAll('"a"', '"ghost"'));
    await w.restart();
    await expect(w.get('ghost')).rejects.toThrow('no task has the id ghost');
    expect(await w.stateOf('a')).toBe('queued');
  });

  it('restores the order of the queue', async () => {
    const w = await world({ journal: OFTEN });
    await w.submit(...['a', 'b', 'c'].map((id) => aTask({ id })));
    await w.advance(2_000);
    await w.submit(...['d', 'e'].map((id) => aTask({ id })));
    w.crash();
    await w.restart();
    await w.submit(aTask({ id: 'f' }));
    const worker = await w.worker({ slots: 6 });
    expect(worker.ids).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('restores the order of verdicts, the latest first, also from a snapshot', async () => {
    const w = await world({ journal: OFTEN });
    const worker = await w.worker({ slots: 5 });
    await w.submit(...['a', 'b', 'c', 'd'].map((id) => aTask({ id })));
    for (const id of ['c', 'a', 'd']) {
      await worker.complete(id);
      await w.advance(1_100);
    }
    await worker.complete('b');
    await untilSnapshot(w);
    expect((await w.list({ state: ['completed'] })).ids).toEqual(['b', 'd', 'a', 'c']);
    w.crash();
    await w.restart();
    expect((await w.list({ state: ['completed'] })).ids).toEqual(['b', 'd', 'a', 'c']);
  });
});

describe('a snapshot', () => {
  it('replaces the second last one, and the journal that it covers is purged after its retention', async () => {
    const w = await world({ journal: { ...OFTEN, retentionMs: 5_000 } });
    await w.submit(aTask({ id: 'a' }));
    await untilSnapshot(w);
    const [first] = w.events('snapshot.written');
    expect(w.journal.entries[0]?.seq).toBe(1);
    await w.advance(5_000);
    await w.submit(aTask({ id: 'b' }), aTask({ id: 'c' }));
    await untilSnapshot(w);
    const asOf = first && 'asOf' in first ? first.asOf : 0;
    expect(w.journal.entries[0]?.seq).toBe(asOf + 1);
    const begins = w.snapshots.entries.filter(({ text }) => text.includes('"kind":"begin"'));
    expect(begins.length).toBe(2);
    w.crash();
    await w.restart();
    expect((await w.list({ state: ['queued'] })).ids).toEqual(['a', 'b', 'c']);
  });

  it('is ignored when it was not finished', async () => {
    const w = await world({ journal: OFTEN });
    await w.submit(aTask({ id: 'a' }));
    await w.advance(1_100);
    w.host.snapshotCarrier.hold();
    await w.submit(aTask({ id: 'b' }), aTask({ id: 'c' }));
    await w.advance(1_100);
    for (let i = 0; i < 3; i++) {
      w.host.snapshotCarrier.step();
      await w.settle();
    }
    const before = w.memory();
    w.crash();
    await w.restart();
    expect(w.memory()).toEqual(before);
  });

  it('is reported when it fails, does no harm, and is tried again', async () => {
    const w = await world({ journal: OFTEN });
    w.host.snapshots.cut();
    await w.submit(aTask({ id: 'a' }));
    await expect(untilSnapshot(w)).rejects.toThrow('no snapshot was taken');
    expect(w.events('snapshot.failed').length).toBeGreaterThan(0);
    expect(w.engine.state).toBe('running');
    w.host.snapshots.heal();
    await untilSnapshot(w);
    expect(w.events('snapshot.written').length).toBe(1);
  });

  it('fits its log, whatever the tasks and their results are', async () => {
    const w = await world({ journal: OFTEN });
    const worker = await w.worker({ slots: 20 });
    const ids = Array.from({ length: 12 }, (_, i) => `t${i}`);
    await w.submit(...ids.map((id) => aTask({ id, payload: '更'.repeat(40_000) })));
    for (const id of ids) await worker.complete(id, '更'.repeat(80_000));
    await w.advance(3_000);
    expect(w.events('snapshot.failed')).toEqual([]);
    expect(w.events('snapshot.written').length).toBeGreaterThan(0);
    const before = w.memory();
    expect(plainState(await w.rebuilt('snapshot'))).toEqual(before);
  });

  it('of a succeeded engine does not replace that of its successor', async () => {
    const w = await world({ journal: OFTEN_AND_PURGED });
    const old = w.host;
    await w.submit(aTask({ id: 'a' }));
    old.process.freeze();
    await w.advance(4_000);
    const fresh = await w.restart('e2');
    await w.submit(...['b', 'c', 'd'].map((id) => aTask({ id })));
    await untilSnapshot(w);
    // It wakes up in the middle of its work: the snapshot is what it does first.
    w.host = old;
    old.process.thaw();
    await w.advance(5);
    w.host = fresh;
    w.crash();
    await w.advance(10_000);
    await w.restart('e3');
    expect((await w.list({ state: ['queued'] })).ids).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not replace that of its successor, not even when the lease was lost unnoticed', async () => {
    const w = await world({ journal: OFTEN_AND_PURGED });
    const old = w.host;
    await w.submit(aTask({ id: 'a' }));
    old.process.freeze();
    await w.leases.release('main', 'e1');
    const fresh = await w.restart('e2');
    await w.submit(...['b', 'c', 'd'].map((id) => aTask({ id })));
    await w.cancel('d');
    await w.advance(1_100);
    expect(w.events('snapshot.written')).toHaveLength(1);
    const { seq } = w.snapshots.entries.at(-1) ?? { seq: 0 };
    // The store of leases answers it nothing, and by its own clock its lease still holds.
    w.leases.renew = () => new Promise(() => undefined);
    old.process.thaw();
    await w.advance(200);
    expect(w.snapshots.last).toBe(seq);
    expect([old.engine.problem?.code, fresh.engine.state]).toEqual(['JOURNAL_FENCED', 'running']);
  });
});

describe('a journal that cannot be read', () => {
  it.each([
    ['is not JSON', '{"v":1,"epoch":1', 'journal entry 4 is not JSON'],
    ['is no envelope', '[]', 'journal entry 4 is not an envelope'],
    [
      'has a record of an unknown kind',
      '{"v":1,"epoch":1,"at":1,"classes":[],"records":[{"kind":"x","id":"a","at":1}]}',
      'journal entry 4 holds no record at 0',
    ],
  ])('stops the recovery with its sequence when an entry %s', async (_, text, message) => {
    const w = await world();
    await w.submit(aTask());
    w.crash();
    const seq = land(w.journal, text);
    expect(await failing(w)).toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message,
      extras: { details: { seq } },
    });
    expect(w.journal.last).toBe(seq);
  });

  it('stops the recovery when a newer version has written it', async () => {
    const w = await world();
    w.crash();
    land(w.journal, '{"v":6,"something":"else"}');
    expect(await failing(w)).toMatchObject({
      code: 'DATA_TOO_NEW',
      message: 'journal entry 3 has version 6, this engine reads up to 5',
    });
  });

  it('stops the recovery when entries are missing that no snapshot covers', async () => {
    const w = await world();
    await w.submit(aTask());
    w.crash();
    w.journal.purge(1);
    expect(await failing(w)).toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message: 'journal entry 1 is missing',
    });
  });

  it('stops the recovery when all of it is missing', async () => {
    const w = await world();
    w.crash();
    w.journal.purge(2);
    expect(await failing(w)).toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message: 'journal entry 1 is missing',
    });
  });

  it('stops the recovery when it ends before the snapshot', async () => {
    const w = await world({ journal: OFTEN });
    await w.submit(aTask());
    await w.advance(2_000);
    const other = await world({ started: false });
    for (const { text } of w.snapshots.entries) land(other.snapshots, text);
    expect(await failing(other)).toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });

  it('stops the recovery together with a snapshot of a newer version', async () => {
    const w = await world();
    w.crash();
    land(w.snapshots, '{"v":6}');
    expect(await failing(w)).toMatchObject({ code: 'DATA_TOO_NEW' });
  });
});

describe('a task that ran when the engine was killed', () => {
  const crashed = async (): Promise<{ w: World; worker: Awaited<ReturnType<World['worker']>> }> => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a', timeouts: { attempt: 0 } }));
    await w.submit(aTask({ id: 'b' }));
    w.crash();
    await w.restart();
    return { w, worker };
  };

  it('continues on its worker', async () => {
    const { w, worker } = await crashed();
    expect(await worker.hello()).toMatchObject({ keep: [['a', 1]] });
    await worker.complete('a');
    expect(await w.get('a')).toMatchObject({ state: 'completed', attempt: 1 });
    expect(worker.ids).toEqual(['a', 'b']);
  });

  it('may be reported before the hello of its worker, and its slot is free then', async () => {
    const { w, worker } = await crashed();
    expect(await worker.complete('a')).toEqual([]);
    expect(await w.stateOf('a')).toBe('completed');
    expect(await worker.hello()).toMatchObject({ keep: [] });
    expect(worker.ids).toEqual(['a', 'b']);
  });

  it('is lost when its worker sends nothing within a lease', async () => {
    const { w, worker } = await crashed();
    worker.stopHeartbeats();
    await w.advance(9_000);
    expect(await w.stateOf('a')).toBe('running');
    await w.advance(3_000);
    expect(await w.get('a')).toMatchObject({ state: 'queued', retries: 0 });
  });

  it('is delivered again when its worker does not list it', async () => {
    const { w, worker } = await crashed();
    worker.running.clear();
    await worker.hello();
    await w.advance(6_010);
    expect(worker.assigned.at(-1)).toMatchObject({ id: 'a', epoch: 2 });
  });

  it('is not settled by the report of a worker that did not hold its lease', async () => {
    const { w } = await crashed();
    const liar = await w.worker({ worker: 'liar', types: ['other'] });
    expect(await liar.report({ id: 'a', epoch: 1, outcome: 'completed' })).toEqual([['a', 1]]);
    expect(await w.stateOf('a')).toBe('running');
  });

  it('gets the order to stop again when it was being stopped', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await w.cancel('a', 'enough');
    w.crash();
    await w.restart();
    worker.signals.length = 0;
    await worker.hello();
    worker.heartbeat();
    await w.settle();
    expect(worker.stops).toEqual(['a cancelled 2000']);
    await worker.end('a', { outcome: 'stopped' });
    expect(await w.get('a')).toMatchObject({ state: 'cancelled', error: { message: 'cancelled: enough' } });
  });

  it('meets its deadlines, also those that passed meanwhile', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 3 });
    await w.submit(aTask({ id: 'attempt', timeouts: { attempt: 5_000 } }), aTask({ id: 'retry' }));
    await w.submit(aTask({ id: 'queue', type: 'other', timeouts: { queue: 5_000 } }));
    await worker.fail('retry');
    w.crash();
    await w.advance(6_000);
    await w.restart();
    await w.advance(10);
    expect(await w.get('attempt')).toMatchObject({ state: 'running', stopping: 'timeout' });
    expect(await w.stateOf('queue')).toBe('timed_out');
    expect(await w.stateOf('retry')).toBe('queued');
  });
});
