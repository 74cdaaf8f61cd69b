import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';

describe('placement', () => {
  it('lets a task wait, with the reason, until a worker accepts its type', async () => {
    const w = await world();
    await w.worker({ worker: 'other', types: ['import'] });
    const [id = ''] = await w.submit(aTask());
    expect(await w.get(id)).toMatchObject({
      state: 'queued',
      waiting: { reason: 'no_worker', detail: 'no worker offers type report in pool default' },
    });
    const worker = await w.worker({ worker: 'able' });
    expect(worker.ids).toEqual([id]);
  });

  it('explains that a task waits because all fitting slots are taken', async () => {
    const w = await world();
    await w.worker({ slots: 2 });
    await w.submit(aTask(), aTask());
    const [id = ''] = await w.submit(aTask());
    expect((await w.get(id)).waiting).toEqual({
      reason: 'no_free_slot',
      detail: 'all 2 fitting slots are taken or reserved: w1 2/2',
    });
  });

  it('gives a task to a worker of its pool, with its labels and enough of everything', async () => {
    const w = await world();
    const resources = { gpu: 1, labels: { zone: 'a' } };
    const wrong = [
      await w.worker({ worker: 'w1', pools: ['gpu'], resources: { gpu: 1 }, labels: { zone: 'b' } }),
      await w.worker({ worker: 'w2', pools: ['gpu'], labels: { zone: 'a' } }),
      await w.worker({ worker: 'w3', resources: { gpu: 1 }, labels: { zone: 'a' } }),
    ];
    const [id = ''] = await w.submit(aTask({ pool: 'gpu', resources }));
    expect(wrong.flatMap(({ ids }) => ids)).toEqual([]);
    const right = await w.worker({
      worker: 'w4',
      pools: ['gpu'],
      resources: { gpu: 1 },
      labels: { zone: 'a' },
    });
    expect(right.ids).toEqual([id]);
  });

  it('starts tasks behind a task that no worker can run', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'stuck', type: 'unknown', band: 'critical' }), aTask({ id: 'fine' }));
    const worker = await w.worker();
    expect(worker.ids).toEqual(['fine']);
  });

  it('spreads tasks over the workers with the most free slots', async () => {
    const w = await world();
    const small = await w.worker({ worker: 'w1', slots: 2 });
    const large = await w.worker({ worker: 'w2', slots: 4 });
    await w.submit(...Array.from({ length: 4 }, (_, i) => aTask({ id: `t${i}` })));
    expect([large.ids, small.ids]).toEqual([['t0', 't1', 't3'], ['t2']]);
  });
});

describe('a worker', () => {
  it('gets its lease time and heartbeat interval in answer to its hello', async () => {
    const w = await world();
    const worker = await w.worker();
    expect(await worker.hello()).toEqual({ ok: true, leaseMs: 10_000, heartbeatMs: 2_000, keep: [] });
  });

  it('is listed with what it offers and how busy it is', async () => {
    const w = await world();
    await w.worker({ slots: 3, labels: { zone: 'a' } });
    await w.submit(aTask());
    expect(await w.workers()).toEqual([
      {
        id: 'w1',
        session: 'w1-s1',
        state: 'ready',
        types: ['report'],
        pools: ['default'],
        labels: { zone: 'a' },
        slots: 3,
        busy: 1,
        express: 0,
        expressBusy: 0,
        assignedAhead: 0,
        version: '1',
        connectedAt: w.now,
        lastHeardAt: w.now,
      },
    ]);
    expect(await w.status()).toMatchObject({ workers: 1, slots: 3 });
  });

  it('keeps its leases when it sends hello again, and gets the order to drop orphaned ones', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a' }));
    worker.running.set('orphan', 4);
    expect(await worker.hello()).toMatchObject({ keep: [['a', 1]] });
    worker.heartbeat();
    await w.settle();
    expect(worker.stops).toEqual(['orphan lease_lost 0']);
  });

  it('receives a leader heartbeat every second', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.advance(3_000);
    expect(worker.leaderHeartbeats).toHaveLength(3);
    expect(worker.leaderHeartbeats.at(-1)).toEqual({ cell: 'main', engine: 'e1', epoch: 1, at: w.now });
  });
});

describe('a worker that leaves', () => {
  it('loses its tasks to others when it is replaced by a new session of itself', async () => {
    const w = await world();
    const old = await w.worker({ session: 's1' });
    await w.submit(aTask({ id: 'a' }));
    const fresh = await w.worker({ session: 's2' });
    expect(fresh.assigned).toMatchObject([{ id: 'a', epoch: 2 }]);
    expect(await old.complete('a')).toEqual([['a', 1]]);
    expect(await w.stateOf('a')).toBe('running');
    expect((await w.workers()).map(({ session }) => session)).toEqual(['s2']);
  });

  it('gets a request to identify itself when it sends a heartbeat after it was replaced', async () => {
    const w = await world();
    const old = await w.worker({ session: 's1', beats: false });
    await w.worker({ session: 's2' });
    old.heartbeat([]);
    await w.settle();
    expect(old.signals).toEqual([{ kind: 'who' }]);
  });

  it('gets a ping when it sends nothing, and then loses its tasks', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a', timeouts: { attempt: 0 } }));
    worker.stopHeartbeats();
    await w.advance(10_000);
    expect(worker.signals.filter(({ kind }) => kind === 'ping').length).toBeGreaterThanOrEqual(6);
    expect(await w.stateOf('a')).toBe('running');
    await w.advance(1_010);
    expect(await w.get('a')).toMatchObject({ state: 'queued', attempt: 1, retries: 0 });
    expect(w.events('worker.left')).toMatchObject([{ worker: 'w1', why: 'silent', lost: 1 }]);
    expect(await w.workers()).toEqual([]);
  });

  it('is not lost while it sends messages of any kind', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a', timeouts: { attempt: 0 } }));
    worker.stopHeartbeats();
    for (let i = 0; i < 5; i++) {
      await w.advance(9_000);
      w.api.workers.progress(worker.session, ['a', 1], i / 10);
    }
    expect(await w.stateOf('a')).toBe('running');
  });

  it('loses its tasks within 500 ms when its process has died, and not before a second probe', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a' }));
    await w.advance(1_000);
    worker.disconnect();
    await w.advance(299);
    expect(await w.stateOf('a')).toBe('running');
    await w.advance(201);
    expect(await w.workers()).toEqual([]);
    expect(await w.stateOf('a')).toBe('queued');
    expect(w.events('worker.left')).toMatchObject([{ worker: 'w1', why: 'unreachable', lost: 1 }]);
  });

  it('is probed in its turn when thousands are silent', async () => {
    const w = await world();
    const workers = [];
    for (let at = 0; at < 250; at++) workers.push(await w.worker({ worker: `w${at}`, beats: false }));
    await w.submit(...workers.map((_, at) => aTask({ id: `t${at}` })));
    await w.advance(300);
    for (const worker of workers.slice(-2)) worker.disconnect();
    await w.advance(3 * 200 + 300);
    expect((await w.workers()).length).toBe(248);
  });

  it('keeps its tasks when its connection is frozen, until its lease ends', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a', timeouts: { attempt: 0 } }));
    w.link.cut(worker.session);
    worker.stopHeartbeats();
    await w.advance(9_000);
    expect(await w.stateOf('a')).toBe('running');
    await w.advance(3_000);
    expect(await w.stateOf('a')).toBe('queued');
  });

  it('keeps its tasks when it was unreachable only briefly, and gets new ones with its next message', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 3 });
    await w.submit(aTask({ id: 'a', timeouts: { attempt: 0 } }));
    worker.disconnect();
    await w.submit(aTask({ id: 'b' }));
    await w.advance(290);
    worker.subscribe();
    await w.submit(aTask({ id: 'c' }));
    expect(worker.ids).toEqual(['a']);
    // The lease of b, of which it never heard, is found to be missing.
    for (let beat = 0; beat < 5; beat++) {
      worker.heartbeat();
      await w.advance(1_000);
    }
    expect(worker.ids).toEqual(['a', 'c', 'b']);
    expect(await w.get('a')).toMatchObject({ state: 'running', attempt: 1 });
    expect(w.events('worker.left')).toEqual([]);
    await worker.complete('b');
    worker.disconnect();
    await w.submit(aTask({ id: 'd' }));
    await w.advance(290);
    expect(await w.stateOf('a')).toBe('running');
  });

  it('returns the leases that it still holds when it says bye', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.bye();
    expect(await w.stateOf('a')).toBe('queued');
    expect(w.kindsOf('a')).toEqual(['submitted', 'leased', 'requeued']);
    expect(await w.workers()).toEqual([]);
  });

  it('gets nothing new while it drains, and finishes what it has', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a' }));
    w.api.workers.draining(worker.session);
    await w.submit(aTask({ id: 'b' }));
    expect(worker.ids).toEqual(['a']);
    expect(await w.workers()).toMatchObject([{ state: 'draining', busy: 1 }]);
    await worker.complete('a');
    expect(await w.stateOf('a')).toBe('completed');
    expect(worker.ids).toEqual(['a']);
    const other = await w.worker({ worker: 'w2' });
    expect(other.ids).toEqual(['b']);
  });

  it('is accepted again when it comes back with the same session', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a', timeouts: { attempt: 0 } }));
    worker.stopHeartbeats();
    await w.advance(11_010);
    expect(await worker.hello()).toMatchObject({ keep: [] });
    expect(worker.assigned.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });
});

describe('a worker that returns a task', () => {
  it('gets nothing more until its next heartbeat, while others do', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a' }));
    await worker.end('a', { outcome: 'returned' });
    await w.submit(aTask({ id: 'b' }));
    expect(worker.ids).toEqual(['a']);
    const other = await w.worker({ worker: 'w2' });
    expect(other.ids).toEqual(['a']);
    worker.heartbeat();
    await w.settle();
    expect(worker.ids).toEqual(['a', 'b']);
  });

  it('does not keep the engine busy when it returns a task again and again', async () => {
    const w = await world();
    const worker = await w.worker();
    let times = 0;
    w.link.attach(worker.session, {
      assign: (leases) => {
        times += leases.length;
        // Enough to see that it does not end.
        if (times > 100) return;
        const settled = leases.map(({ id, epoch }) => ({ id, epoch, outcome: 'returned' as const }));
        w.api.workers.report(worker.session, settled, () => undefined);
      },
    });
    await w.submit(aTask({ id: 'a' }));
    await w.advance(10_000);
    expect(times).toBe(6);
    expect(await w.get('a')).toMatchObject({ state: 'queued', retries: 0 });
  });
});

describe('an assignment that was lost on the way', () => {
  it('is noticed by the heartbeats, and delivered again without a spent try', async () => {
    const w = await world();
    const worker = await w.worker();
    w.link.cut(worker.session);
    await w.submit(aTask({ id: 'a' }));
    w.link.heal(worker.session);
    expect(worker.ids).toEqual([]);
    await w.advance(2_010);
    expect(worker.ids).toEqual([]);
    await w.advance(2_010);
    expect(worker.assigned).toMatchObject([{ id: 'a', epoch: 2, attempt: 2 }]);
    expect(w.events('lease.missing')).toMatchObject([{ id: 'a', epoch: 1 }]);
    expect(await w.get('a')).toMatchObject({ retries: 0 });
  });

  it('is not mistaken for one that is still on its way', async () => {
    const w = await world();
    const worker = await w.worker({ beats: false });
    await w.advance(10_000);
    await w.submit(aTask({ id: 'a' }));
    worker.heartbeat([]);
    await w.advance(3_999);
    worker.heartbeat([]);
    await w.settle();
    expect(await w.get('a')).toMatchObject({ state: 'running', attempt: 1 });
  });
});

describe('a report', () => {
  it('is refused and counted when its lease is old', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.end('a', { outcome: 'returned' });
    await w.advance(2_000);
    expect(worker.assigned.at(-1)).toMatchObject({ epoch: 2 });
    expect(await worker.report({ id: 'a', epoch: 1, outcome: 'completed' })).toEqual([['a', 1]]);
    expect(await w.stateOf('a')).toBe('running');
    expect(await w.status()).toMatchObject({ staleReports: 1 });
    expect(w.events('report.stale')).toEqual([{ name: 'report.stale', worker: 'w1', id: 'a', epoch: 1 }]);
  });

  it.each([
    ['an unknown task', 'nothing', 1],
    ['a lease that was never made', 'a', 2],
    ['a task that only waits', 'b', 1],
    ['a task that only waits, as of its lease number nought', 'b', 0],
  ])('is refused for %s', async (_, id, epoch) => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    expect(await worker.report({ id, epoch, outcome: 'completed' })).toEqual([[id, epoch]]);
    expect([await w.stateOf('a'), await w.stateOf('b')]).toEqual(['running', 'queued']);
  });

  it.each(['completed', 'failed', 'stopped', 'returned'] as const)(
    'by a session that does not hold the lease is refused: %s',
    async (outcome) => {
      const w = await world();
      await w.worker();
      const liar = await w.worker({ worker: 'liar', slots: 1, types: ['other'] });
      await w.submit(aTask({ id: 'a' }));
      expect(await liar.report({ id: 'a', epoch: 1, outcome })).toEqual([['a', 1]]);
      expect(await w.get('a')).toMatchObject({ state: 'running', worker: 'w1' });
    },
  );

  it('counts once when it settles a task twice', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    const refused = await worker.report(
      { id: 'a', epoch: 1, outcome: 'completed', result: 'first' },
      { id: 'a', epoch: 1, outcome: 'failed' },
    );
    expect(refused).toEqual([['a', 1]]);
    expect(await w.get('a')).toMatchObject({ state: 'completed', result: 'first' });
    expect(w.kindsOf('a')).toEqual(['submitted', 'leased', 'settled']);
  });

  it('is refused without harm when it is repeated because its answer was lost', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.complete('a', 1);
    expect(await worker.report({ id: 'a', epoch: 1, outcome: 'completed', result: 2 })).toEqual([['a', 1]]);
    expect(await w.get('a')).toMatchObject({ result: 1 });
  });

  it('of several leases is accepted as far as it is true', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    const refused = await worker.report(
      { id: 'a', epoch: 1, outcome: 'completed' },
      { id: 'b', epoch: 9, outcome: 'completed' },
      { id: 'c', epoch: 1, outcome: 'completed' },
    );
    expect(refused).toEqual([
      ['b', 9],
      ['c', 1],
    ]);
    expect([await w.stateOf('a'), await w.stateOf('b')]).toEqual(['completed', 'running']);
  });
});
