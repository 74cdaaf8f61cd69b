import { LIMITS } from '@precedent/contracts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { HeldRun, WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import { AtomicSections } from './atomic-sections.ts';
import type { StopRequest } from '../handler.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Held = WorkerWorld & { readonly run: HeldRun };

const held = async (): Promise<Held> => {
  const made = await workerWorld(server.url);
  onTestFinished(made.close);
  await made.worker.start();
  made.assign({ type: 'hold', id: 'a' });
  return { ...made, run: await made.runs.next() };
};

interface Piece {
  readonly ended: Promise<unknown>;
  readonly end: (result?: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** An open section that the test ends. */
const opened = ({ run }: Held, maxMs = 10_000): Piece => {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  onTestFinished(() => resolve(undefined));
  return { ended: run.context.atomic(() => promise, { maxMs }), end: resolve, fail: reject };
};

const stop = async ({ engine, worker }: Held, reason: StopRequest['reason'] = 'preempted'): Promise<void> => {
  engine.signal(worker.session, { kind: 'stop', id: 'a', epoch: 1, reason, graceMs: 5 }, { kind: 'ping' });
  await engine.heartbeats.next();
};

/** It was written down a moment after it was taken. */
const about = (ms: number): unknown => expect.closeTo(ms, -3);

const abortedAt = ({ run }: Held): Promise<number> =>
  new Promise((resolve) =>
    run.context.signal.addEventListener('abort', () => resolve(performance.now()), { once: true }),
  );

describe('an atomic section', () => {
  it.each(['preempted', 'cancelled', 'timeout', 'shutdown', 'lease_lost'] as const)(
    'holds back a stop because of %s until it ends',
    async (reason) => {
      const world = await held();
      const { signal } = world.run.context;
      const piece = opened(world);
      await stop(world, reason);
      expect(signal.aborted).toBe(false);
      piece.end('whole');
      expect(await piece.ended).toBe('whole');
      expect(signal.reason).toEqual({ reason, graceMs: 5 });
    },
  );

  it('lets a stop through when its time is up', async () => {
    const world = await held();
    const aborted = abortedAt(world);
    const before = performance.now();
    opened(world, 60);
    await stop(world);
    expect((await aborted) - before).toBeGreaterThan(55);
    world.run.reject(world.run.context.signal.reason);
    expect(await world.engine.settled.next()).toMatchObject({ outcome: 'stopped' });
  });

  it('whose time is up holds nothing back any more', async () => {
    const world = await held();
    const aborted = abortedAt(world);
    const piece = opened(world, 20);
    await stop(world);
    await aborted;
    piece.end();
    opened(world, 10_000);
    await stop(world, 'cancelled');
    expect(world.run.context.signal.reason).toMatchObject({ reason: 'preempted' });
  });

  it('inside of another holds back until the outer one ends', async () => {
    const world = await held();
    const outer = opened(world);
    const inner = opened(world);
    await stop(world);
    inner.end();
    await inner.ended;
    expect(world.run.context.signal.aborted).toBe(false);
    outer.end();
    await outer.ended;
    expect(world.run.context.signal.aborted).toBe(true);
  });

  it('that begins while a stop waits does not prolong its waiting, nor does another stop', async () => {
    const world = await held();
    const aborted = abortedAt(world);
    opened(world, 500);
    await stop(world);
    opened(world, 10_000);
    await stop(world, 'cancelled');
    await aborted;
    expect(world.run.context.signal.reason).toMatchObject({ reason: 'cancelled' });
  });

  it('throws what its code throws, after the stop has come through', async () => {
    const world = await held();
    const piece = opened(world);
    await stop(world);
    piece.fail(new TypeError('half way'));
    await expect(piece.ended).rejects.toThrow('half way');
    expect(world.run.context.signal.aborted).toBe(true);
    expect(await world.run.context.atomic(() => 'at once', { maxMs: 5 })).toBe('at once');
  });

  it('is no safe point: nothing in it yields; after it the task does', async () => {
    const world = await held();
    const { context } = world.run;
    world.engine.signal(world.worker.session, {
      kind: 'yield',
      id: 'a',
      epoch: 1,
      reason: 'preempted',
      deadlineMs: 9,
    });
    await stop(world);
    const isHeldBack = await context.atomic(
      async () => {
        context.yieldIfRequested();
        await context.checkpoint(1);
        return context.yieldRequested();
      },
      { maxMs: 10_000 },
    );
    expect(isHeldBack).toBe(true);
    expect(context.yieldIfRequested).toThrow('yields');
  });

  it('that is not awaited: a lost lease stays lost, though its handler returns before the stop came through', async () => {
    const world = await held();
    opened(world);
    await stop(world, 'lease_lost');
    world.run.resolve('nobody’s');
    expect(await world.engine.settled.next()).toEqual({ id: 'a', epoch: 1, outcome: 'stopped' });
  });

  it('is reported to the engine when it begins and when it ends, and once for what lies inside', async () => {
    const world = await held();
    const outer = opened(world, 10_000);
    const begun = await world.engine.atomics.next();
    const lease = { kind: 'atomic', session: world.worker.session, id: 'a', epoch: 1 };
    expect(begun).toEqual({ ...lease, maxMs: about(10_000) });
    const inner = opened(world, 50);
    inner.end();
    await inner.ended;
    outer.end();
    await outer.ended;
    expect(await world.engine.atomics.next()).toEqual({ ...lease, maxMs: 0 });
  });

  it('is reported again when one inside of it lasts longer', async () => {
    const notified: number[] = [];
    const sections = new AtomicSections((maxMs) => void notified.push(maxMs));
    const outer = Promise.withResolvers<void>();
    const inner = Promise.withResolvers<void>();
    const ended = [sections.run(() => outer.promise, 1_000), sections.run(() => inner.promise, 20_000)];
    inner.resolve();
    await ended[1];
    outer.resolve();
    await ended[0];
    expect(notified).toEqual([about(1_000), about(20_000), about(1_000), 0]);
  });

  it.each([0, -1, Number.NaN, LIMITS.atomicMs + 1])('of %d ms is refused', async (maxMs) => {
    const { run } = await held();
    const piece = run.context.atomic(() => 0, { maxMs });
    await expect(piece).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('is waited for when the worker stops', async () => {
    const world = await held();
    const aborted = abortedAt(world);
    opened(world, 150);
    const stopped = world.worker.stop({ forceMs: 0 });
    await aborted;
    world.run.reject(world.run.context.signal.reason);
    expect(await world.engine.settled.next()).toMatchObject({ outcome: 'returned' });
    await stopped;
  });
});
