import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';

describe('cancelling', () => {
  it('settles a waiting task at once', async () => {
    const w = await world();
    const [id = ''] = await w.submit(aTask());
    expect(await w.cancel(id, 'too late')).toMatchObject({
      state: 'cancelled',
      error: { code: 'CANCELLED', message: 'cancelled: too late' },
    });
    const worker = await w.worker();
    expect(worker.ids).toEqual([]);
    expect(w.feed.of(id)).toEqual(['queued', 'cancelled']);
  });

  it('settles a task that waits for its retry at once', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    await worker.fail(id);
    expect(await w.cancel(id)).toMatchObject({ state: 'cancelled' });
    await w.advance(60_000);
    expect(worker.ids).toEqual([id]);
  });

  it('stops a running task, which is cancelled when its code has ended', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    expect(await w.cancel(id, 'enough')).toMatchObject({ state: 'running', stopping: 'cancel' });
    expect(worker.stops).toEqual([`${id} cancelled 2000`]);
    await worker.end(id, { outcome: 'stopped' });
    expect(await w.get(id)).toMatchObject({
      state: 'cancelled',
      error: { code: 'CANCELLED', message: 'cancelled: enough' },
    });
    expect(w.feed.of(id)).toEqual(['queued', 'started', 'stopping', 'cancelled']);
  });

  it('repeats the order as long as the worker still lists the task', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    await w.cancel(id);
    worker.signals.length = 0;
    worker.heartbeat();
    await w.settle();
    expect(worker.stops).toEqual([`${id} cancelled 2000`]);
  });

  it('is over after the grace, also when the worker does not answer', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    await w.cancel(id);
    await w.advance(7_010);
    expect(await w.stateOf(id)).toBe('cancelled');
    expect(await worker.end(id, { outcome: 'stopped' })).toEqual([[id, 1]]);
  });

  it('keeps the slot of a task that does not stop, until it has ended', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask());
    await w.submit(aTask({ id: 'next', timeouts: { queue: 0 } }));
    await w.cancel(id);
    await w.advance(30_000);
    expect(worker.ids).toEqual([id]);
    await worker.end(id, { outcome: 'stopped' });
    expect(worker.ids).toEqual([id, 'next']);
  });

  it('keeps that slot also when the same task comes back to the worker on which it does not stop', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a', timeouts: { attempt: 1_000 } }));
    await w.advance(1_010 + 7_010 + 1_010);
    expect(worker.assigned.map(({ id, epoch }) => [id, epoch])).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
    await w.submit(aTask({ id: 'b' }));
    expect(await w.stateOf('b')).toBe('queued');
    await worker.report({ id: 'a', epoch: 1, outcome: 'stopped' });
    expect(worker.ids).toEqual(['a', 'a', 'b']);
  });

  it('frees that slot when the worker lists the old lease no longer', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a', timeouts: { attempt: 1_000 } }));
    await w.advance(1_010 + 7_010 + 1_010);
    await w.submit(aTask({ id: 'b' }));
    worker.heartbeat([
      ['a', 1],
      ['a', 2],
    ]);
    await w.settle();
    expect(worker.ids).toEqual(['a', 'a']);
    worker.heartbeat([['a', 2]]);
    await w.settle();
    expect(worker.ids).toEqual(['a', 'a', 'b']);
  });

  it('outranks a timeout that was stopping the task already', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ timeouts: { attempt: 1_000 } }));
    await w.advance(1_010);
    await w.cancel(id);
    await worker.end(id, { outcome: 'stopped' });
    expect(await w.stateOf(id)).toBe('cancelled');
  });

  it('is answered the same when it is repeated, and refused for a task with another verdict', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    await worker.complete('a');
    await w.cancel('b');
    await worker.end('b', { outcome: 'stopped' });
    expect(await w.cancel('b')).toMatchObject({ state: 'cancelled' });
    expect(await w.cancel('a')).toMatchObject({ error: { code: 'TASK_SETTLED' } });
    expect(await w.cancel('nothing')).toMatchObject({ error: { code: 'TASK_NOT_FOUND' } });
  });
});
