import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';

describe('a task that runs', () => {
  it('goes from its submission through a worker to its verdict', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    expect(worker.assigned).toMatchObject([{ id, epoch: 1, attempt: 1, body: '{"payload":{"n":1}}' }]);
    expect(await w.get(id)).toMatchObject({ state: 'running', worker: 'w1', attempt: 1, startedAt: w.now });
    expect(await worker.complete(id, { pages: 3 })).toEqual([]);
    expect(await w.get(id)).toMatchObject({ state: 'completed', result: { pages: 3 }, settledAt: w.now });
    expect(w.kindsOf(id)).toEqual(['submitted', 'leased', 'settled']);
    expect(w.feed.of(id)).toEqual(['queued', 'started', 'completed']);
  });

  it('frees its slot for the next task', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    expect(worker.ids).toEqual(['a']);
    await worker.complete('a');
    expect(worker.ids).toEqual(['a', 'b']);
  });

  it('starts by band first, and by age within a band', async () => {
    const w = await world();
    const tasks = (['low', 'critical', 'normal', 'high', 'low', 'critical'] as const).map((band, i) =>
      aTask({ id: `${band}-${i}`, band }),
    );
    await w.submit(...tasks);
    const worker = await w.worker();
    for (let i = 0; i < tasks.length; i++) await worker.complete(worker.ids.at(-1) ?? '');
    expect(worker.ids).toEqual(['critical-1', 'critical-5', 'high-3', 'normal-2', 'low-0', 'low-4']);
  });

  it('starts after its aging before a new task of the next higher band', async () => {
    const w = await world({ aging: [5_000, 0, 0, 0] });
    await w.submit(aTask({ id: 'old', band: 'low' }));
    await w.advance(5_000);
    await w.submit(aTask({ id: 'fresh', band: 'normal' }));
    const worker = await w.worker();
    expect(worker.ids).toEqual(['old']);
  });

  it('starts together with others while there are slots, in chunks when there are many', async () => {
    const w = await world({ startsPerTurn: 3 });
    await w.submit(...Array.from({ length: 10 }, (_, i) => aTask({ id: `t${i}` })));
    const worker = await w.worker({ slots: 8 });
    expect(worker.ids).toEqual(Array.from({ length: 8 }, (_, i) => `t${i}`));
  });

  it('shows its progress, and forgets that of an attempt that failed', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    w.api.workers.progress(worker.session, ['a', 1], 0.5, 'half');
    await w.settle();
    expect(await w.get('a')).toMatchObject({ progress: { fraction: 0.5, message: 'half' } });
    expect(w.feed.events.at(-1)).toMatchObject({ event: 'progress', fraction: 0.5, message: 'half' });
    await worker.fail('a');
    expect(await w.get('a')).not.toHaveProperty('progress');
    await w.advance(1_010);
    expect(await w.get('a')).not.toHaveProperty('progress');
  });

  it('shows no progress of a lease that has ended', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    w.api.workers.progress(worker.session, ['a', 7], 0.5);
    w.api.workers.progress('another', ['a', 1], 0.5);
    await w.settle();
    expect(await w.get('a')).not.toHaveProperty('progress');
  });
});

describe('a task that fails', () => {
  it('is tried again after a delay that doubles, as often as its policy says', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    await worker.fail(id);
    expect(await w.get(id)).toMatchObject({ state: 'retrying', retries: 1, dueAt: w.now + 1_000 });
    await w.advance(1_010);
    await worker.fail(id);
    expect(await w.get(id)).toMatchObject({ state: 'retrying', retries: 2, dueAt: w.now + 2_000 });
    await w.advance(2_010);
    await worker.fail(id);
    expect(await w.get(id)).toMatchObject({
      state: 'failed',
      attempt: 3,
      retries: 2,
      error: { code: 'HANDLER_FAILED' },
    });
    expect(worker.assigned.map(({ epoch, attempt }) => [epoch, attempt])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(w.feed.of(id)).toEqual([
      'queued',
      'started',
      'retrying',
      'started',
      'retrying',
      'started',
      'failed',
    ]);
  });

  it.each([
    [0, 1_000],
    [0.5, 900],
    [0.999, 800],
  ])('waits, with the chance %d, %i ms: jitter only shortens, by a fifth at most', async (chance, delay) => {
    const w = await world();
    w.chance = chance;
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    await worker.fail(id);
    expect((await w.get(id)).dueAt).toBe(w.now + delay);
  });

  it('never waits longer than its policy allows', async () => {
    const w = await world();
    const worker = await w.worker();
    const retry = { max: 5, delay: 4_000, backoff: 10, maxDelay: 5_000 };
    const [id = ''] = await w.submit(aTask({ retry }));
    await worker.fail(id);
    await w.advance(4_010);
    await worker.fail(id);
    expect((await w.get(id)).dueAt).toBe(w.now + 5_000);
  });

  it('explains why it waits', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    await worker.fail(id);
    expect((await w.get(id)).waiting).toEqual({ reason: 'backoff', detail: 'retry 1 is due in 1.0s' });
  });

  it.each([
    ['the handler says so', { error: { code: 'HANDLER_FAILED' as const, message: 'no', retryable: false } }],
    [
      'its policy names the error',
      { error: { code: 'HANDLER_FAILED' as const, message: 'no', name: 'BadInput' } },
    ],
  ])('is not tried again when %s', async (_, ending) => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    await worker.fail(id, ending);
    expect(await w.get(id)).toMatchObject({ state: 'failed', retries: 0 });
  });

  it('fails at once when it has no retries', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ retry: { max: 0 } }));
    await worker.fail(id);
    expect(await w.stateOf(id)).toBe('failed');
  });

  it('keeps its position in the queue when it is requeued', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.fail('a');
    await w.submit(aTask({ id: 'b' }), aTask({ id: 'c' }));
    await w.advance(1_010);
    await worker.complete('b');
    expect(worker.ids).toEqual(['a', 'b', 'a']);
  });

  it('is requeued without a spent try when the worker did not start it', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.end('a', { outcome: 'returned' });
    await w.advance(2_000);
    expect(worker.ids).toEqual(['a', 'a']);
    expect(await w.get('a')).toMatchObject({ state: 'running', attempt: 2, retries: 0 });
    expect(w.feed.of('a')).toEqual(['queued', 'started', 'requeued', 'started']);
  });

  it('counts as lost when its worker stopped it without an order', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.end('a', { outcome: 'stopped' });
    expect(w.records()).toContainEqual(expect.objectContaining({ kind: 'requeued', why: 'lost' }));
  });

  it('fails when eleven workers were lost while they ran it', async () => {
    const w = await world();
    const [id = ''] = await w.submit(aTask());
    for (let i = 0; i < 11; i++) {
      const worker = await w.worker({ session: `s${i}` });
      expect(worker.ids).toEqual([id]);
      await worker.bye();
    }
    expect(await w.get(id)).toMatchObject({ state: 'failed', attempt: 11, error: { code: 'WORKER_LOST' } });
  });
});

describe('a time limit', () => {
  it('ends a task that was never started', async () => {
    const w = await world();
    const [id = ''] = await w.submit(aTask({ timeouts: { queue: 3_000 } }));
    await w.advance(2_990);
    expect(await w.stateOf(id)).toBe('queued');
    await w.advance(20);
    expect(await w.get(id)).toMatchObject({ state: 'timed_out', error: { code: 'QUEUE_TIMEOUT' } });
    const worker = await w.worker();
    expect(worker.ids).toEqual([]);
  });

  it('counts the wait in the queue until the first start only', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ timeouts: { queue: 500 } }));
    await worker.fail(id);
    await w.submit(aTask({ id: 'other' }));
    await w.advance(5_000);
    expect(await w.stateOf(id)).toBe('queued');
  });

  it('stops an attempt that takes too long, and tries it again', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ timeouts: { attempt: 5_000 } }));
    await w.advance(4_990);
    expect(worker.stops).toEqual([]);
    await w.advance(20);
    expect(worker.stops).toEqual([`${id} timeout 2000`]);
    expect(await w.get(id)).toMatchObject({ state: 'running', stopping: 'timeout' });
    await worker.end(id, { outcome: 'stopped' });
    expect(await w.get(id)).toMatchObject({
      state: 'retrying',
      retries: 1,
      error: { code: 'ATTEMPT_TIMEOUT' },
    });
  });

  it('accepts the result of an attempt that ended while it was being stopped', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ timeouts: { attempt: 5_000 } }));
    await w.advance(5_010);
    await worker.complete(id, 'just in time');
    expect(await w.get(id)).toMatchObject({ state: 'completed', result: 'just in time' });
  });

  it('ends the task for good when no retry is left after a timeout', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ timeouts: { attempt: 5_000 }, retry: { max: 0 } }));
    await w.advance(5_010);
    await worker.end(id, {
      outcome: 'stopped',
      error: { code: 'HANDLER_FAILED', message: 'x', details: { exit: 9 } },
    });
    expect(await w.get(id)).toMatchObject({
      state: 'timed_out',
      error: { code: 'ATTEMPT_TIMEOUT', details: { exit: 9 } },
    });
  });

  it('does not wait for ever for a worker that does not stop', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ timeouts: { attempt: 5_000 }, retry: { max: 0 } }));
    await w.advance(5_010);
    await w.advance(2_000 + 4_980);
    expect(await w.stateOf(id)).toBe('running');
    await w.advance(30);
    expect(await w.get(id)).toMatchObject({ state: 'timed_out', error: { code: 'ATTEMPT_TIMEOUT' } });
    expect(await worker.complete(id)).toEqual([[id, 1]]);
  });

  it('ends a task at its total time, in every state', async () => {
    const w = await world();
    const worker = await w.worker();
    const total = { timeouts: { total: 5_000, queue: 0 }, retry: { delay: 60_000, maxDelay: 60_000 } };
    await w.submit(aTask({ id: 'running', ...total }));
    await w.submit(aTask({ id: 'waiting', ...total, type: 'nobody' }));
    await w.submit(aTask({ id: 'retrying', ...total }));
    await worker.fail('running');
    await worker.complete('retrying');
    await w.submit(aTask({ id: 'later', ...total }));
    await w.advance(5_010);
    expect(await w.get('running')).toMatchObject({ state: 'timed_out', error: { code: 'TOTAL_TIMEOUT' } });
    expect(await w.get('waiting')).toMatchObject({ state: 'timed_out', error: { code: 'TOTAL_TIMEOUT' } });
    expect(worker.stops).toEqual(['later timeout 2000']);
    await worker.end('later', { outcome: 'stopped' });
    expect(await w.get('later')).toMatchObject({ state: 'timed_out', error: { code: 'TOTAL_TIMEOUT' } });
  });

  it('stops a task whose handler sends no heartbeat in time', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ timeouts: { heartbeat: 3_000 } }));
    worker.heartbeat([[id, 1]], [[id, 1, 3_000]]);
    await w.settle();
    expect(worker.stops).toEqual([]);
    worker.heartbeat([[id, 1]], [[id, 1, 3_001]]);
    await w.settle();
    expect(worker.stops).toContain(`${id} timeout 2000`);
    await worker.end(id, { outcome: 'stopped' });
    expect(await w.get(id)).toMatchObject({ state: 'retrying', error: { code: 'HEARTBEAT_TIMEOUT' } });
  });

  it('requires no heartbeat from a task without that limit, nor from another lease', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b', timeouts: { heartbeat: 1 } }));
    worker.heartbeat(
      [...worker.running],
      [
        ['a', 1, 1e9],
        ['b', 2, 1e9],
        ['c', 1, 1e9],
      ],
    );
    await w.settle();
    expect(worker.stops).toEqual([]);
  });

  it('is met within a second also when it is far away', async () => {
    const w = await world();
    const [id = ''] = await w.submit(aTask({ timeouts: { queue: 90_000 } }));
    await w.advance(89_999);
    expect(await w.stateOf(id)).toBe('queued');
    await w.advance(1_001);
    expect(await w.stateOf(id)).toBe('timed_out');
  });
});
