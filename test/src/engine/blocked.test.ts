import type { LeaseRef, WorkerView } from '@precedent/contract-types';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import type { ScriptedWorker } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const HEARTBEAT_MS = 2_000;
const LEASE_MS = 10_000;
const GRACE_MS = 1_000;
const PLACE = 'encode (file:///srv/encode.js:12:5)';

const blocked = (w: World, worker: ScriptedWorker, ms: number): void => {
  const tasks = [...worker.running].slice(0, 1) as LeaseRef[];
  w.api.workers.blocked(worker.session, { ms, tasks, place: PLACE });
};

/** Lets time pass while the watchdog of the worker reports that its loop is blocked. */
const stayBlocked = async (w: World, worker: ScriptedWorker, ms: number): Promise<void> => {
  worker.stopHeartbeats();
  for (let passed = 1_000; passed <= ms; passed += 1_000) {
    await w.advance(1_000);
    blocked(w, worker, passed);
    await w.settle();
  }
};

/** A worker with four slots that runs two tasks. */
const busy = async (): Promise<{ w: World; worker: ScriptedWorker }> => {
  const w = await world({
    preemption: DEFAULT_POLICY,
    worker: { leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS },
  });
  const worker = await w.worker({ slots: 4, express: 1 });
  await w.submit(
    aTask({ id: 'loop', timeouts: { attempt: 25_000, grace: GRACE_MS }, retry: { max: 0 } }),
    aTask({ id: 'other', timeouts: { attempt: 600_000 } }),
  );
  return { w, worker };
};

const viewOf = async (w: World, id = 'w1'): Promise<WorkerView | undefined> =>
  (await w.workers()).find((view) => view.id === id);

describe('a worker whose event loop is blocked', () => {
  it('keeps its leases for as long as it is reported', async () => {
    const { w, worker } = await busy();
    await stayBlocked(w, worker, 2 * LEASE_MS - 1_000);
    expect([await w.stateOf('loop'), await w.stateOf('other')]).toEqual(['running', 'running']);
    await w.advance(LEASE_MS + 1_000);
    expect(await w.stateOf('other')).toBe('queued');
  });

  it('is shown with the task that blocks it: in workers, in an event and in telemetry', async () => {
    const { w, worker } = await busy();
    const since = w.now;
    await stayBlocked(w, worker, 3_000);
    expect((await viewOf(w))?.blocked).toEqual({ since, tasks: ['loop'], place: PLACE });
    expect(w.feed.events.filter(({ event }) => event === 'blocking')).toMatchObject([
      { id: 'loop', message: `task loop blocks the event loop of worker w1, at ${PLACE}` },
    ]);
    expect(w.events('worker.blocked')).toMatchObject([
      { worker: 'w1', since, tasks: ['loop'], place: PLACE },
    ]);
  });

  it('gets no task before it sends a heartbeat itself, neither in a slot nor in an express slot', async () => {
    const { w, worker } = await busy();
    await stayBlocked(w, worker, 2_000);
    await w.submit(aTask({ id: 'next' }), aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.ids).toEqual(['loop', 'other']);
    expect((await w.get('next')).waiting?.detail).toBe(
      `task loop blocks the event loop of worker w1, at ${PLACE}, for 2.0s: the worker gets no task before that ends`,
    );
    worker.heartbeat();
    await w.settle();
    expect(worker.ids).toEqual(['loop', 'other', 'urgent', 'next']);
    expect((await viewOf(w))?.blocked).toBeUndefined();
    expect(w.events('worker.unblocked')).toMatchObject([{ worker: 'w1', ms: 2_000 }]);
  });

  it('leaves the queue to its siblings', async () => {
    const { w, worker } = await busy();
    const sibling = await w.worker({ worker: 'w2' });
    await stayBlocked(w, worker, 2_000);
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(sibling.ids).toEqual(['urgent']);
  });

  it('does not hold a task beyond its time: the slot is overdue', async () => {
    const { w, worker } = await busy();
    await stayBlocked(w, worker, 32_000);
    expect(await w.stateOf('loop')).toBe('timed_out');
    expect(await w.stateOf('other')).toBe('running');
    expect((await viewOf(w))?.overdue).toMatchObject({ count: 1, tasks: ['loop'] });
  });

  it('keeps its leases over a takeover, where it cannot say hello', async () => {
    const { w, worker } = await busy();
    await stayBlocked(w, worker, 2_000);
    w.crash();
    await w.restart();
    await stayBlocked(w, worker, 12_000);
    expect([await w.stateOf('loop'), await w.stateOf('other')]).toEqual(['running', 'running']);
    await worker.hello();
    expect((await viewOf(w))?.blocked).toBeUndefined();
    await w.advance(3_000);
    expect(await w.stateOf('other')).toBe('running');
  });
});
