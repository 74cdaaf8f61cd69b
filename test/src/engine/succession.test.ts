import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const aRunningTask = async (w: World) => {
  const worker = await w.worker();
  await w.submit(aTask({ id: 'a', timeouts: { attempt: 0 } }));
  return worker;
};

describe('a standby', () => {
  it('takes over within 600 ms when the process of the owner is dead, and continues all its tasks', async () => {
    const w = await world();
    await aRunningTask(w);
    await w.submit(aTask({ id: 'b' }));
    const standby = w.make('e2');
    const started = standby.engine.start();
    await w.advance(10_000);
    expect(standby.engine.state).toBe('starting');
    expect(w.events('engine.standby').at(-1)).toEqual({ name: 'engine.standby', owner: 'e1' });
    w.crash();
    await w.advance(600);
    await started;
    w.host = standby;
    expect(standby.engine.state).toBe('running');
    expect([await w.stateOf('a'), await w.stateOf('b')]).toEqual(['running', 'queued']);
    expect(await w.status()).toMatchObject({ epoch: 2 });
  });

  it('waits for the lease of an owner that is frozen', async () => {
    const w = await world();
    const standby = w.make('e2');
    const started = standby.engine.start();
    await w.advance(1_000);
    w.host.process.freeze();
    await w.advance(1_900);
    expect(standby.engine.state).toBe('starting');
    await w.advance(1_400);
    await started;
    expect(standby.engine.state).toBe('running');
  });

  it('leaves the lease to an owner that was restarted in time, while that recovers', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    const standby = w.make('e2');
    void standby.engine.start().catch(() => undefined);
    await w.advance(1_000);
    w.crash();
    await w.advance(300);
    const restarted = w.make('e1');
    restarted.carrier.hold();
    const started = restarted.engine.start();
    await w.advance(8_000);
    expect([restarted.engine.state, standby.engine.state]).toEqual(['starting', 'starting']);
    restarted.carrier.release();
    await started;
    await w.advance(1_000);
    expect([restarted.engine.state, standby.engine.state]).toEqual(['running', 'starting']);
    standby.process.kill();
  });

  it('takes over at once when the owner stops', async () => {
    const w = await world();
    const standby = w.make('e2');
    const started = standby.engine.start();
    await w.advance(600);
    await Promise.all([w.engine.stop({ drainMs: 0 }), w.settle()]);
    await w.advance(510);
    await started;
    expect(standby.engine.state).toBe('running');
  });

  it('can be stopped while it stands by', async () => {
    const w = await world();
    const standby = w.make('e2');
    const started = standby.engine.start();
    await w.advance(2_000);
    const ends = Promise.allSettled([started, standby.engine.stop({ drainMs: 0 })]);
    await w.settle();
    expect(await ends).toMatchObject([
      { status: 'rejected', reason: { code: 'CELL_OWNED' } },
      { status: 'fulfilled' },
    ]);
    expect(standby.engine.state).toBe('stopped');
    expect(w.engine.state).toBe('running');
    expect(await w.leases.acquire('main', 'e2')).toBe('e1');
  });

  it('keeps its lease also while a recovery takes longer than the lease lasts', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    w.crash();
    const slow = w.make('e1');
    slow.carrier.hold();
    const started = slow.engine.start();
    const other = w.make('e2');
    const otherStarted = other.engine.start().catch(() => undefined);
    await w.advance(9_000);
    expect([slow.engine.state, other.engine.state]).toEqual(['starting', 'starting']);
    slow.carrier.release();
    await w.advance(5_000);
    await started;
    expect([slow.engine.state, other.engine.state]).toEqual(['running', 'starting']);
    other.process.kill();
    void otherStarted;
  });
});

describe('an engine that was succeeded', () => {
  /** An owner that stalls for longer than its lease, while another engine takes over. */
  const succeeded = async () => {
    const w = await world();
    const old = w.host;
    const worker = await w.worker({ slots: 1 });
    await w.submit(aTask({ id: 'before' }));
    old.process.freeze();
    await w.advance(3_100);
    const fresh = await w.restart('e2');
    return { w, old, fresh, worker };
  };

  it('steps down when it writes, and nothing of that is visible', async () => {
    const { w, old, fresh } = await succeeded();
    w.host = old;
    const late = w.send((api, reply) => api.tasks.submit([{ task: aTask({ id: 'late' }) }], reply));
    old.process.thaw();
    await w.advance(100);
    expect(old.engine.state).toBe('error');
    expect(old.problems.map(({ code }) => code)).toEqual([old.engine.problem?.code]);
    expect(['JOURNAL_FENCED', 'CELL_OWNED']).toContain(old.engine.problem?.code);
    expect(old.endpoints).toEqual(['open service', 'open submission', 'close submission', 'close service']);
    expect(late.all).toEqual([]);
    expect(w.kindsOf('late')).toEqual([]);
    expect(w.feed.of('late')).toEqual([]);
    expect(fresh.engine.state).toBe('running');
  });

  it('steps down by the loss of its lease when it has nothing to write', async () => {
    const { w, old, fresh } = await succeeded();
    old.process.thaw();
    await w.advance(1_100);
    expect(old.engine.problem).toMatchObject({ code: 'CELL_OWNED' });
    expect([old.engine.state, fresh.engine.state]).toEqual(['error', 'running']);
    await w.advance(10_000);
    expect(fresh.engine.state).toBe('running');
  });

  it('makes waiting clients repeat their request to its successor', async () => {
    const { w, old } = await succeeded();
    w.host = old;
    const held = w.send((api, reply) => api.tasks.wait('before', 60_000, reply));
    old.process.thaw();
    await w.advance(1_100);
    expect(old.engine.state).toBe('error');
    expect(held.all).toMatchObject([{ error: { code: 'ENGINE_NOT_RUNNING' } }]);
  });

  it('denies no task that its successor has, and stops none of its work', async () => {
    const { w, old, fresh, worker } = await succeeded();
    await worker.hello();
    await worker.complete('before');
    await w.submit(aTask({ id: 'next' }));
    expect(worker.ids.at(-1)).toBe('next');
    w.host = old;
    old.process.thaw();
    const get = w.send((api, reply) => api.tasks.get('next', reply));
    const settled = [{ id: 'next', epoch: 1, outcome: 'completed' as const }];
    const report = w.send((api, reply) => api.workers.report(worker.session, settled, reply));
    worker.heartbeat();
    await w.advance(2_000);
    expect([get.all, report.all, worker.stops]).toEqual([[], [], []]);
    expect(old.engine.state).toBe('error');
    expect(fresh.engine.state).toBe('running');
  });

  it('denies no task that its successor has, when an entry of its own had landed before that came', async () => {
    const w = await world();
    const old = w.host;
    old.carrier.hold();
    w.send((api, reply) => api.tasks.submit([{ task: aTask() }], reply));
    await w.settle();
    // It lands; the acknowledgement is on its way.
    old.carrier.step();
    old.process.freeze();
    await w.advance(3_100);
    await w.restart('e2');
    await w.submit(aTask({ id: 'next' }));
    w.host = old;
    old.process.thaw();
    const get = w.send((api, reply) => api.tasks.get('next', reply));
    old.carrier.release();
    await w.advance(2_000);
    expect(get.all).toEqual([]);
    expect(old.engine.state).toBe('error');
  });

  it('denies no task that its successor has, when it was taken for dead before its lease had ended', async () => {
    const w = await world();
    const old = w.host;
    const standby = w.make('e2');
    const started = standby.engine.start();
    await w.advance(900);
    w.cutOff(old);
    await w.advance(600);
    await started;
    w.host = standby;
    await w.submit(aTask({ id: 'next' }));
    w.host = old;
    const get = w.send((api, reply) => api.tasks.get('next', reply));
    await w.advance(500);
    expect(get.all).toEqual([]);
    expect([old.engine.state, standby.engine.state]).toEqual(['error', 'running']);
  });

  it('has answered only what its successor knows', async () => {
    const w = await world();
    const old = w.host;
    const answered: string[] = [];
    const submit = (id: string): void =>
      w.api.tasks.submit([{ task: aTask({ id }) }], ([answer]) => {
        if (answer && 'id' in answer) answered.push(answer.id);
      });
    for (let i = 0; i < 5; i++) submit(`t${i}`);
    await w.settle();
    old.carrier.hold();
    for (let i = 5; i < 9; i++) submit(`t${i}`);
    await w.settle();
    // What is on its way now arrives after its lease has ended, and after another one has begun to look.
    await w.advance(10);
    old.process.freeze();
    await w.advance(3_100);
    const fresh = await w.restart('e2');
    old.carrier.release();
    old.process.thaw();
    await w.advance(1_000);
    expect(old.engine.state).toBe('error');
    expect(answered.length).toBeGreaterThanOrEqual(5);
    w.host = fresh;
    for (const id of answered) expect(await w.stateOf(id)).toBe('queued');
  });

  it('can stand by again once it was reset, and takes over when its successor is gone', async () => {
    const { w, old, fresh } = await succeeded();
    old.process.thaw();
    await w.advance(1_100);
    old.engine.reset();
    const started = old.engine.start();
    await w.advance(5_000);
    expect(old.engine.state).toBe('starting');
    w.host = fresh;
    await w.submit(aTask({ id: 'by-the-second' }));
    w.crash();
    await w.advance(4_000);
    await started;
    w.host = old;
    expect(await w.status()).toMatchObject({ epoch: 3 });
    expect(await w.stateOf('by-the-second')).toBe('queued');
  });
});

describe('two engines that start at once', () => {
  it('agree on one owner by the lease', async () => {
    const w = await world({ started: false });
    const [one, other] = [w.make('e1'), w.make('e2')];
    const starts = [one.engine.start(), other.engine.start()];
    await w.advance(2_000);
    await starts[0];
    expect([one.engine.state, other.engine.state]).toEqual(['running', 'starting']);
  });

  it('never both own the cell, not even without a lease that separates them', async () => {
    const w = await world({ started: false });
    const hosts = ['e1', 'e2', 'e3'].map((owner) => w.make(owner, { cell: `main-${owner}` }));
    const starts = hosts.map(({ engine }) => engine.start());
    const ends = Promise.allSettled(starts);
    await w.advance(5_000);
    await ends;
    for (const host of hosts.filter(({ engine }) => engine.state === 'running')) {
      w.host = host;
      w.send((api, reply) => api.tasks.submit([{ task: aTask({ id: `of-${host.owner}` }) }], reply));
      await w.advance(2_000);
    }
    expect(hosts.filter(({ engine }) => engine.state === 'running').length).toBe(1);
    const owners = new Map<number, Set<string>>();
    for (const record of w.records()) {
      if (record.kind !== 'epoch') continue;
      owners.set(record.epoch, (owners.get(record.epoch) ?? new Set()).add(record.owner));
    }
    for (const [, of] of owners) expect(of.size).toBe(1);
  });
});
