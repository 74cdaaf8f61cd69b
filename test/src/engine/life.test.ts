import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const aRunningTask = async (w: World) => {
  const worker = await w.worker();
  await w.submit(aTask({ id: 'a', timeouts: { attempt: 0 } }));
  return worker;
};

describe('an engine', () => {
  it('opens its endpoints one after the other, and closes them in reverse', async () => {
    const w = await world();
    expect(w.engine.state).toBe('running');
    const stopped = w.engine.stop({ drainMs: 0 });
    await w.settle();
    await stopped;
    expect(w.engine.state).toBe('stopped');
    expect(w.host.endpoints).toEqual([
      'open service',
      'open submission',
      'close submission',
      'close service',
    ]);
  });

  it.each(['start', 'reset'] as const)('refuses to %s while it runs', async (what) => {
    const w = await world();
    await expect(async () => w.engine[what]()).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    expect(w.engine.state).toBe('running');
    expect(await w.trySubmit(aTask({ id: 'a' }))).toMatchObject({ id: 'a' });
  });

  it('refuses to stop or to reset while it is stopped', async () => {
    const w = await world({ started: false });
    await expect(w.engine.stop({ drainMs: 0 })).rejects.toMatchObject({
      code: 'ILLEGAL_TRANSITION',
      message: 'an engine that is stopped cannot STOP',
    });
    expect(() => w.engine.reset()).toThrow('an engine that is stopped cannot RESET');
    expect(w.engine.state).toBe('stopped');
  });

  it('refuses a second stop while it stops', async () => {
    const w = await world();
    await aRunningTask(w);
    const first = w.engine.stop({ drainMs: 5_000 });
    await expect(w.engine.stop({ drainMs: 0 })).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    await w.advance(5_000);
    await first;
    expect(w.engine.state).toBe('stopped');
  });

  it('can be started again after a stop, with its whole state, as the next epoch', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    await Promise.all([w.engine.stop({ drainMs: 0 }), w.settle()]);
    await w.start();
    expect(await w.stateOf('a')).toBe('queued');
    expect((await w.status()).epoch).toBe(2);
    expect((await w.worker()).ids).toEqual(['a']);
  });

  it('ends in the state error with the cause when it cannot start, with no endpoint open', async () => {
    const w = await world({ started: false });
    w.host.journal.cut();
    const started = w.engine.start();
    await expect(started).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    expect(w.engine.state).toBe('error');
    expect(w.engine.problem).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    expect(w.host.endpoints).toEqual([]);
    expect(await w.leases.acquire('main', 'another')).toBe('another');
  });

  it('can be reset after an error, and started again', async () => {
    const w = await world({ started: false });
    w.host.journal.cut();
    await expect(w.engine.start()).rejects.toThrow();
    w.host.journal.heal();
    w.engine.reset();
    expect([w.engine.state, w.engine.problem]).toEqual(['stopped', undefined]);
    await w.start();
    expect(w.engine.state).toBe('running');
  });
});

describe('an engine that stops', () => {
  it('accepts and starts no tasks, and lets running ones end', async () => {
    const w = await world();
    const worker = await aRunningTask(w);
    await w.submit(aTask({ id: 'b' }));
    const stopped = w.engine.stop({ drainMs: 20_000 });
    await w.settle();
    expect(await w.trySubmit(aTask({ id: 'c' }))).toMatchObject({ error: { code: 'ENGINE_NOT_RUNNING' } });
    expect(w.api.tasks.room('normal')).toBe(0);
    await w.advance(5_000);
    expect(w.engine.state).toBe('stopping');
    expect(w.events('stop.progress').at(-1)).toMatchObject({ running: 1, remainingMs: 15_000 });
    await worker.complete('a');
    await w.advance(300);
    await stopped;
    expect(w.engine.state).toBe('stopped');
    expect(worker.ids).toEqual(['a']);
    expect(w.kindsOf('a')).toEqual(['submitted', 'leased', 'settled']);
    expect(w.kindsOf('b')).toEqual(['submitted']);
  });

  it('leaves a task that does not end in time on its worker, and the next engine continues it', async () => {
    const w = await world();
    const worker = await aRunningTask(w);
    const stopped = w.engine.stop({ drainMs: 3_000 });
    await w.advance(3_010);
    await stopped;
    expect(w.engine.state).toBe('stopped');
    await w.start();
    await worker.hello();
    expect(await w.stateOf('a')).toBe('running');
    expect(await worker.complete('a')).toEqual([]);
    expect(await w.get('a')).toMatchObject({ state: 'completed', attempt: 1 });
  });

  it('stops at once when it is forced to', async () => {
    const w = await world();
    await aRunningTask(w);
    const stopped = w.engine.stop({ drainMs: 3_600_000 });
    await w.advance(1_000);
    expect(w.engine.state).toBe('stopping');
    w.engine.force();
    await w.settle();
    await stopped;
    expect(w.engine.state).toBe('stopped');
  });

  it('waits until what it has decided is durable', async () => {
    const w = await world();
    w.host.carrier.hold();
    const answer = w.send((api, reply) => api.tasks.submit([{ task: aTask({ id: 'a' }) }], reply));
    await w.settle();
    const stopped = w.engine.stop({ drainMs: 0 });
    await w.advance(1_000);
    expect(w.engine.state).toBe('stopping');
    w.host.carrier.release();
    await w.settle();
    await stopped;
    expect(answer.value).toMatchObject([{ id: 'a' }]);
  });

  it('does not wait for ever for an unavailable journal', async () => {
    const w = await world();
    w.host.journal.cut();
    const answer = w.send((api, reply) => api.tasks.submit([{ task: aTask({ id: 'a' }) }], reply));
    await w.settle();
    const stopped = w.engine.stop({ drainMs: 0 });
    await w.advance(5_000);
    await stopped;
    expect(w.engine.state).toBe('stopped');
    w.host.journal.heal();
    await w.advance(60_000);
    expect([answer.all, w.kindsOf('a')]).toEqual([[], []]);
  });

  it('is not disturbed by callbacks of its earlier life when it is started again', async () => {
    const w = await world();
    w.host.journal.cut();
    w.send((api, reply) => api.tasks.submit([{ task: aTask({ id: 'a' }) }], reply));
    await w.settle();
    const stopped = w.engine.stop({ drainMs: 0 });
    await w.advance(5_000);
    await stopped;
    w.host.journal.heal();
    await w.start();
    await w.advance(10_000);
    expect([w.engine.state, w.host.problems]).toEqual(['running', []]);
    expect(await w.trySubmit(aTask({ id: 'b' }))).toMatchObject({ id: 'b' });
  });

  it('releases its lease, so that a standby need not wait for its end', async () => {
    const w = await world();
    await Promise.all([w.engine.stop({ drainMs: 0 }), w.settle()]);
    expect(await w.leases.acquire('main', 'another')).toBe('another');
  });

  it('reports that it was succeeded when that happens while it stops', async () => {
    const w = await world();
    const old = w.host;
    await aRunningTask(w);
    const stopped = old.engine.stop({ drainMs: 60_000 }).catch((error: unknown) => error);
    await w.settle();
    await w.leases.release('main', 'e1');
    await w.restart('e2');
    w.host = old;
    w.send((api, reply) => api.tasks.cancel({ id: 'a', reason: 'enough' }, reply));
    await w.advance(5_000);
    expect(await stopped).toMatchObject({ code: 'JOURNAL_FENCED' });
    expect(old.engine.state).toBe('error');
    expect(old.problems).toEqual([]);
  });

  it('leaves no timer set', async () => {
    const w = await world();
    const worker = await aRunningTask(w);
    await worker.complete('a');
    await worker.bye();
    const stopped = w.engine.stop({ drainMs: 1_000 });
    await w.settle();
    await stopped;
    await w.advance(10_000);
    expect(w.clock.nextAt()).toBeUndefined();
  });

  it('can be stopped while it starts, and is stopped then', async () => {
    const w = await world({ started: false });
    const started = w.engine.start();
    const stopped = w.engine.stop({ drainMs: 0 });
    const ends = Promise.allSettled([started, stopped]);
    await w.advance(10_000);
    expect(await ends).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled' }]);
    expect(w.engine.state).toBe('stopped');
    expect([w.engine.cell, w.clock.nextAt()]).toEqual([undefined, undefined]);
    expect(w.host.endpoints.filter((did) => did.startsWith('open')).length).toBe(
      w.host.endpoints.filter((did) => did.startsWith('close')).length,
    );
    expect(await w.leases.acquire('main', 'another')).toBe('another');
  });
});
