import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { holdersOf, limit, refusalOfLimit, unlimit } from './limiting.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const snapshot = async (w: World): Promise<void> => {
  const taken = w.engine.cell?.snapshots.take();
  await w.settle();
  await taken;
};

const BAD = { code: 'HANDLER_FAILED', message: 'BadInput', name: 'BadInput' } as const;

const ids = (count: number, prefix = 't'): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('a limit of concurrency', () => {
  it('lets so many tasks run at once, and the next one when one has ended', async () => {
    const w = await world();
    await limit(w, 'two', { concurrency: 2 });
    const worker = await w.worker({ slots: 9 });
    await w.submit(...ids(4).map((id) => aTask({ id })));
    expect(worker.ids).toEqual(['t0', 't1']);
    expect(holdersOf(w, 'two')).toEqual(['t0', 't1']);
    await worker.complete('t1');
    expect(worker.ids).toEqual(['t0', 't1', 't2']);
    await worker.fail('t0', { error: BAD });
    expect(worker.ids).toEqual(ids(4));
  });

  it('counts each key for itself, and leaves tasks that it does not match alone', async () => {
    const w = await world();
    await limit(w, 'per-user', { match: { type: 'report' }, key: 'payload.user', concurrency: 1 });
    const worker = await w.worker({ slots: 9, types: ['report', 'other'] });
    await w.submit(
      aTask({ id: 'a1', payload: { user: 'a' } }),
      aTask({ id: 'a2', payload: { user: 'a' } }),
      aTask({ id: 'b1', payload: { user: 'b' } }),
      aTask({ id: 'o1', type: 'other', payload: { user: 'a' } }),
    );
    expect(worker.ids).toEqual(['a1', 'b1', 'o1']);
    await worker.complete('a1');
    expect(worker.ids).toEqual(['a1', 'b1', 'o1', 'a2']);
  });

  it('takes all limits of a task or none', async () => {
    const w = await world();
    await limit(w, 'all', { concurrency: 2 });
    await limit(w, 'per-user', { key: 'payload.user', concurrency: 1 });
    const worker = await w.worker({ slots: 9 });
    const task = (id: string, user: string) => aTask({ id, payload: { user } });
    await w.submit(task('a1', 'a'), task('a2', 'a'), task('b1', 'b'), task('c1', 'c'));
    expect(worker.ids).toEqual(['a1', 'b1']);
    expect(holdersOf(w, 'all')).toEqual(['a1', 'b1']);
    await worker.complete('b1');
    expect(worker.ids).toEqual(['a1', 'b1', 'c1']);
    await worker.complete('a1');
    expect(worker.ids).toEqual(['a1', 'b1', 'c1', 'a2']);
    expect(holdersOf(w, 'all')).toEqual(['c1', 'a2']);
  });

  it('lets more urgent tasks of the key start first', async () => {
    const w = await world();
    await limit(w, 'one', { concurrency: 1 });
    const worker = await w.worker({ slots: 9 });
    await w.submit(
      aTask({ id: 'first' }),
      aTask({ id: 'low', band: 'low' }),
      aTask({ id: 'normal', band: 'normal' }),
    );
    await w.submit(aTask({ id: 'critical', band: 'critical' }));
    for (const id of ['first', 'critical', 'normal']) await worker.complete(id);
    expect(worker.ids).toEqual(['first', 'critical', 'normal', 'low']);
  });

  it('is held while a worker is silent, until its leases are lost', async () => {
    const w = await world();
    await limit(w, 'one', { concurrency: 1 });
    const lost = await w.worker({ worker: 'lost', session: 'lost-s' });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    const other = await w.worker({ worker: 'other', session: 'other-s', slots: 2 });
    lost.stopHeartbeats();
    await w.advance(9_000);
    expect(other.ids).toEqual([]);
    await w.advance(5_000);
    expect(other.ids).toEqual(['a']);
    expect(holdersOf(w, 'one')).toEqual(['a']);
  });

  it('is not held by a task that waits for its retry', async () => {
    const w = await world();
    await limit(w, 'one', { concurrency: 1 });
    const worker = await w.worker({ slots: 9 });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    await worker.fail('a');
    expect(worker.ids).toEqual(['a', 'b']);
    await w.advance(2_000);
    expect(worker.ids).toEqual(['a', 'b']);
    await worker.complete('b');
    expect(worker.ids).toEqual(['a', 'b', 'a']);
  });

  it('can be lowered below its holders: none of them ends for it', async () => {
    const w = await world();
    await limit(w, 'some', { concurrency: 3 });
    const worker = await w.worker({ slots: 9 });
    await w.submit(...ids(5).map((id) => aTask({ id })));
    await limit(w, 'some', { concurrency: 1 });
    expect(worker.stops).toEqual([]);
    await worker.complete('t0');
    await worker.complete('t1');
    expect(worker.ids).toHaveLength(3);
    await worker.complete('t2');
    expect(worker.ids).toHaveLength(4);
    await limit(w, 'some', { concurrency: 5 });
    expect(worker.ids).toHaveLength(5);
  });

  it('counts the tasks that ran when it was made, and holds those that were queued', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(...ids(6).map((id) => aTask({ id })));
    await limit(w, 'one', { concurrency: 1 });
    await worker.complete('t0');
    expect(worker.ids).toHaveLength(2);
    await worker.complete('t1');
    expect(worker.ids).toHaveLength(3);
    await unlimit(w, 'one');
    expect(worker.ids).toHaveLength(4);
  });

  it('holds thousands of queued tasks from the turn in which it is made', async () => {
    const w = await world({ limits: { critical: ROOM, high: ROOM, normal: ROOM, low: ROOM } });
    await w.submit(...ids(3_000).map((id) => aTask({ id })));
    await limit(w, 'two', { concurrency: 2 });
    const worker = await w.worker({ slots: 50 });
    expect(worker.ids).toEqual(['t0', 't1']);
    await worker.complete('t0');
    expect(worker.ids).toEqual(['t0', 't1', 't2']);
  });

  it('is not exceeded when a held task is cancelled in its line', async () => {
    const w = await world();
    await limit(w, 'one', { concurrency: 1 });
    const worker = await w.worker({ slots: 9 });
    await w.submit(...ids(4).map((id) => aTask({ id })));
    await w.cancel('t1');
    await worker.complete('t0');
    await w.cancel('t3');
    expect(worker.ids).toEqual(['t0', 't2']);
    await worker.complete('t2');
    await w.submit(aTask({ id: 'last' }));
    expect(worker.ids).toEqual(['t0', 't2', 'last']);
  });
});

const ROOM = { maxWaiting: 10_000, maxWaitingBytes: 10_000_000 };

describe('a task that a limit keeps from starting', () => {
  it('preempts no other, and one of several that there is room for preempts one', async () => {
    const w = await world({ preemption: DEFAULT_POLICY });
    await limit(w, 'urgent', { match: { band: 'critical' }, concurrency: 1 });
    const worker = await w.worker({ slots: 3 });
    await w.submit(...ids(3).map((id) => aTask({ id, band: 'low' })));
    expect(worker.ids).toHaveLength(3);
    await w.advance(10_000);
    await w.submit(...ids(3, 'c').map((id) => aTask({ id, band: 'critical' })));
    await w.advance(100);
    expect(worker.stops.filter((stop) => stop.includes('preempted'))).toHaveLength(1);
    await limit(w, 'urgent', { match: { band: 'critical' }, concurrency: 2 });
    await w.advance(100);
    expect(worker.stops.filter((stop) => stop.includes('preempted'))).toHaveLength(2);
  });
});

describe('a new task of a full key', () => {
  it('is refused where the limit says so, also while the ones before it are queued', async () => {
    const w = await world();
    await limit(w, 'two', { concurrency: 2, onFull: 'reject' });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    expect(await w.trySubmit(aTask({ id: 'c' }))).toMatchObject({
      error: { code: 'LIMIT_FULL', message: 'limit two is full: 2 wait' },
    });
    const worker = await w.worker({ slots: 9 });
    expect(await w.trySubmit(aTask({ id: 'c' }))).toMatchObject({
      error: { message: 'limit two is full: held by a, b' },
    });
    await worker.complete('a');
    expect(await w.trySubmit(aTask({ id: 'c' }))).toMatchObject({ id: 'c' });
    expect(worker.ids).toEqual(['a', 'b', 'c']);
  });

  it('is accepted and cancelled where the limit says so', async () => {
    const w = await world();
    await limit(w, 'one', { key: 'payload.user', concurrency: 1, onFull: 'cancel_new' });
    await w.submit(aTask({ id: 'a', payload: { user: 'u' } }), aTask({ id: 'b', payload: { user: 'u' } }));
    expect(await w.get('b')).toMatchObject({
      state: 'cancelled',
      error: { message: 'cancelled: limit one for key u is full: 1 wait' },
    });
    expect(await w.stateOf('a')).toBe('queued');
  });

  it('takes the place of the ones before it where the limit says so', async () => {
    const w = await world();
    await limit(w, 'latest', { concurrency: 1, onFull: 'supersede' });
    const worker = await w.worker({ slots: 9 });
    for (const id of ['a', 'b', 'c']) await w.submit(aTask({ id }));
    expect(await w.stateOf('b')).toBe('cancelled');
    expect(worker.stops).toEqual(['a cancelled 2000']);
    expect(worker.ids).toEqual(['a']);
    await worker.end('a', { outcome: 'stopped' });
    expect(await w.get('a')).toMatchObject({
      state: 'cancelled',
      error: { message: 'cancelled: superseded by task b under limit latest' },
    });
    expect(worker.ids).toEqual(['a', 'c']);
  });

  it('is refused when its key cannot be computed', async () => {
    const w = await world();
    await limit(w, 'per-user', { key: 'payload.user', concurrency: 1 });
    expect(await w.trySubmit(aTask({ payload: { n: 1 } }))).toMatchObject({
      error: { code: 'CONDITION_FAILED' },
    });
  });
});

describe('why a task waits for a limit', () => {
  it('names the limit, the key, its holders and the place', async () => {
    const w = await world();
    await limit(w, 'per-user', { key: 'payload.user', concurrency: 1 });
    await w.worker({ slots: 9 });
    await w.submit(...ids(3).map((id) => aTask({ id, payload: { user: 'u' } })));
    expect((await w.get('t2')).waiting).toEqual({
      reason: 'limit',
      detail: 'limit per-user (key u) is full: 1 of 1 run (t0); 2 tasks wait',
    });
    const why = await w.ask<object>((api, reply) => api.explanations.why('t2', reply));
    expect(why).toMatchObject({
      reasons: [
        'limit per-user (key u) is full: 1 of 1 run (t0); 2 tasks wait',
        '1 of those that wait under this key were submitted before it',
      ],
    });
    const use = await w.ask<object>((api, reply) => api.explanations.limitUse({ name: 'per-user' }, reply));
    expect(use).toMatchObject({
      held: 1,
      waiting: 2,
      keys: [{ key: 'u', held: 1, holders: ['t0'], waiting: 2 }],
    });
  });
});

describe('a key of a limit', () => {
  it.each([
    ['payload.user', 'u'],
    ['payload.n', '7'],
    ['project + "/" + labels.team', 'shop/a'],
    ['has(payload.tier) ? payload.tier : "none"', 'none'],
    ['type == "report" && namespace == "default"', 'true'],
    ['type + " type " + payload.user', 'report type u'],
  ])('is what %s says', async (key, value) => {
    const w = await world();
    await limit(w, 'keyed', { key, concurrency: 1 });
    await w.worker({ slots: 9 });
    await w.submit(aTask({ id: 't', project: 'shop', labels: { team: 'a' }, payload: { user: 'u', n: 7 } }));
    expect(holdersOf(w, 'keyed', value)).toEqual(['t']);
  });

  it.each([['payload'], ['payload.tier'], ['"x" + payload.long']])(
    'is none where %s says none',
    async (key) => {
      const w = await world();
      await limit(w, 'keyed', { key, concurrency: 1 });
      const task = aTask({ payload: { long: 'x'.repeat(300) } });
      expect(await w.trySubmit(task)).toMatchObject({ error: { code: 'CONDITION_FAILED' } });
    },
  );

  it('is refused when it is no expression', async () => {
    const w = await world();
    expect(await refusalOfLimit(w, 'bad', { concurrency: 1, key: 'payload.' })).toMatchObject({
      code: 'INVALID_REQUEST',
      issues: [{ field: 'spec.key' }],
    });
  });
});

describe('limits after a takeover', () => {
  it('have the leases of the journal as holders, from a snapshot as well', async () => {
    const w = await world();
    await limit(w, 'per-user', { key: 'payload.user', concurrency: 1 });
    const worker = await w.worker({ slots: 9 });
    const task = (id: string, user: string) => aTask({ id, payload: { user } });
    await w.submit(task('a1', 'a'), task('a2', 'a'), task('b1', 'b'));
    for (const from of ['journal', 'snapshot']) {
      if (from === 'snapshot') await snapshot(w);
      w.crash();
      await w.restart();
      await worker.hello();
      expect(holdersOf(w, 'per-user', 'a')).toEqual(['a1']);
      expect(worker.ids).toEqual(['a1', 'b1']);
    }
    await worker.complete('a1');
    expect(worker.ids).toEqual(['a1', 'b1', 'a2']);
  });

  it.each(['journal', 'snapshot'])(
    'do not exceed their rate, as the %s tells what has started',
    async (from) => {
      const w = await world();
      await limit(w, 'slow', { rate: { limit: 2, per: 60_000, burst: 2 } });
      const worker = await w.worker({ slots: 9 });
      await w.submit(...ids(4).map((id) => aTask({ id })));
      await worker.complete('t0');
      await worker.complete('t1');
      if (from === 'snapshot') await snapshot(w);
      w.crash();
      await w.restart();
      await worker.hello();
      await w.advance(29_000);
      expect(worker.ids).toEqual(['t0', 't1']);
      await w.advance(3_000);
      expect(worker.ids).toEqual(['t0', 't1', 't2']);
    },
  );
});

describe('a limit of a rate', () => {
  it('spreads the starts', async () => {
    const w = await world();
    await limit(w, 'ten', { rate: { limit: 10, per: 1_000, burst: 2 } });
    const worker = await w.worker({ slots: 99 });
    await w.submit(...ids(20).map((id) => aTask({ id })));
    expect(worker.ids).toHaveLength(2);
    await w.advance(99);
    expect(worker.ids).toHaveLength(2);
    await w.advance(1);
    expect(worker.ids).toHaveLength(3);
    await w.advance(900);
    expect(worker.ids).toHaveLength(12);
  });

  it('is not spent by a task that goes on after a loss of its slot, and is by a retry', async () => {
    const w = await world();
    await limit(w, 'slow', { rate: { limit: 1, per: 60_000 } });
    const worker = await w.worker({ slots: 9 });
    await w.submit(aTask({ id: 'a' }));
    await worker.fail('a');
    await w.advance(50_000);
    expect(worker.ids).toEqual(['a']);
    await w.advance(10_000);
    expect(worker.ids).toEqual(['a', 'a']);
  });
});
