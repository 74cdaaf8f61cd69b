import { LIMITS } from '@precedent/contracts';
import { Probe } from '@precedent/kernel';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { aResume, stepOf } from '../../testing/checkpoint-steps.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { HeldRun, WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import type { Handler } from '../handler.ts';
import type { WorkerOptions } from '../options.ts';
import { YieldSignal, isYield } from '../handler.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const started = async (options: Partial<WorkerOptions> = {}): Promise<WorkerWorld> => {
  const made = await workerWorld(server.url, options);
  onTestFinished(made.close);
  await made.worker.start();
  return made;
};

/** Runs the task `a` until the test ends it. */
const held = async (options: Partial<WorkerOptions> = {}): Promise<WorkerWorld & { run: HeldRun }> => {
  const made = await started(options);
  made.assign({ type: 'hold', id: 'a' });
  return { ...made, run: await made.runs.next() };
};

const OPTIONS = { kind: 'yield', id: 'a', epoch: 1, reason: 'preempted', deadlineMs: 5_000 } as const;

/** Resolves when the worker has read everything that it was sent so far. */
const heard = async ({ engine, worker }: WorkerWorld): Promise<void> => {
  engine.signal(worker.session, { kind: 'ping' });
  await engine.heartbeats.next();
};

const askToYield = async (world: WorkerWorld): Promise<void> => {
  world.engine.signal(world.worker.session, OPTIONS);
  await heard(world);
};

const YIELDED = { id: 'a', epoch: 1, outcome: 'yielded' };

describe('a task that should yield', () => {
  it('stops at its next checkpoint, once that is durable', async () => {
    const world = await held();
    const { context, reject } = world.run;
    await context.checkpoint(1);
    await askToYield(world);
    const error: unknown = await context.checkpoint(2).catch((thrown: unknown) => thrown);
    expect(isYield(error)).toBe(true);
    const steps = [await world.engine.keeps.next(), await world.engine.keeps.next()];
    expect(steps.map((keep) => stepOf(keep, 'checkpoint').state)).toEqual([1, 2]);
    expect(context.signal.aborted).toBe(false);
    reject(error);
    expect(await world.engine.settled.next()).toEqual(YIELDED);
  });

  it('in the usual loop stops by itself and loses nothing', async () => {
    const steps = new Probe<number>();
    steps.arm();
    const loop: Handler = async (_, { checkpoint }) => {
      for (let step = 1; ; step++) {
        await checkpoint({ step });
        steps.hit(step);
      }
    };
    const world = await started({ handlers: { loop } });
    world.assign({ type: 'loop', id: 'a' });
    await steps.next();
    world.engine.signal(world.worker.session, OPTIONS);
    expect(await world.engine.settled.next()).toEqual(YIELDED);
    world.assign({ id: 'b' });
    expect(await world.engine.settled.next()).toMatchObject({ id: 'b', outcome: 'completed' });
  });

  it('goes on after a checkpoint that says so', async () => {
    const world = await held();
    await askToYield(world);
    await world.run.context.checkpoint(1, { thenYield: false });
    world.run.resolve('done');
    expect(await world.engine.settled.next()).toMatchObject({ outcome: 'completed', result: 'done' });
  });

  it('stops at a safe point without a checkpoint, with the terms in the error', async () => {
    const world = await held();
    const { context, reject } = world.run;
    context.yieldIfRequested();
    expect(context.yieldRequested()).toBe(false);
    await askToYield(world);
    expect(context.yieldRequested()).toBe(true);
    const error = thrownBy(context.yieldIfRequested);
    expect(error).toMatchObject({ name: 'YieldSignal', request: { reason: 'preempted', deadlineMs: 5_000 } });
    reject(error);
    expect(await world.engine.settled.next()).toEqual(YIELDED);
  });

  it('sees the request while it waits, if it listens to its yield signal', async () => {
    const world = await held();
    const { context } = world.run;
    const aborted = new Promise((resolve) =>
      context.yieldSignal.addEventListener('abort', () => resolve(context.yieldSignal.reason)),
    );
    await askToYield(world);
    expect(await aborted).toEqual({ reason: 'preempted', deadlineMs: 5_000 });
    expect(context.signal.aborted).toBe(false);
  });

  it('sees a request that came before it looks', async () => {
    const world = await held();
    await askToYield(world);
    expect(world.run.context.yieldSignal.aborted).toBe(true);
  });

  it('is that lease and no other', async () => {
    const world = await held();
    world.assign({ type: 'hold', id: 'b' });
    const other = await world.runs.next();
    world.engine.signal(world.worker.session, { ...OPTIONS, epoch: 2 }, { ...OPTIONS, id: 'c' });
    await askToYield(world);
    expect(other.context.yieldRequested()).toBe(false);
    other.context.yieldIfRequested();
  });

  it('has completed when it returns, and failed when it throws something else', async () => {
    const world = await held();
    world.assign({ type: 'hold', id: 'b' });
    const other = await world.runs.next();
    world.engine.signal(world.worker.session, { ...OPTIONS, id: 'b' });
    await askToYield(world);
    world.run.resolve(7);
    expect(await world.engine.settled.next()).toMatchObject({ id: 'a', outcome: 'completed', result: 7 });
    other.reject(new Error('no such column'));
    expect(await world.engine.settled.next()).toMatchObject({ id: 'b', outcome: 'failed' });
  });

  it('may also yield by itself', async () => {
    const world = await held();
    world.run.reject(new YieldSignal());
    expect(await world.engine.settled.next()).toEqual(YIELDED);
  });

  it('yields by itself until its runs are spent, and on request also then', async () => {
    const world = await started();
    const last = { type: 'hold', id: 'a', ...aResume({ segments: LIMITS.runs - 1 }) };
    world.assign(last, { ...last, id: 'b' });
    const [requested, unrequested] = [await world.runs.next(), await world.runs.next()];
    await askToYield(world);
    requested.reject(new YieldSignal());
    expect(await world.engine.settled.next()).toEqual(YIELDED);
    unrequested.reject(new YieldSignal());
    const error = { code: 'HANDLER_FAILED', retryable: false };
    expect(await world.engine.settled.next()).toMatchObject({ id: 'b', outcome: 'failed', error });
  });
});

const thrownBy = (step: () => void): unknown => {
  try {
    step();
  } catch (error) {
    return error;
  }
  return undefined;
};

const stop = (reason: 'preempted' | 'cancelled' | 'timeout') =>
  ({ kind: 'stop', id: 'a', epoch: 1, reason, graceMs: 70 }) as const;

describe('a task that is requested to stop', () => {
  it('for urgent work, can still save its state, and then yields', async () => {
    const world = await held();
    const { context, reject } = world.run;
    world.engine.signal(world.worker.session, stop('preempted'));
    await heard(world);
    expect(context.signal.reason).toEqual({ reason: 'preempted', graceMs: 70 });
    const error: unknown = await context.checkpoint('the last').catch((thrown: unknown) => thrown);
    expect(isYield(error)).toBe(true);
    expect(stepOf(await world.engine.keeps.next(), 'checkpoint').state).toBe('the last');
    reject(error);
    expect(await world.engine.settled.next()).toEqual(YIELDED);
  });

  it.each(['cancelled', 'timeout'] as const)(
    'because of %s ends at its next safe point, as if it had looked at its signal',
    async (reason) => {
      const world = await held();
      const { context, reject } = world.run;
      world.engine.signal(world.worker.session, OPTIONS, stop(reason));
      await heard(world);
      const error: unknown = await context.checkpoint(1).catch((thrown: unknown) => thrown);
      expect(error).toEqual({ reason, graceMs: 70 });
      expect(thrownBy(context.yieldIfRequested)).toBe(error);
      reject(error);
      expect(await world.engine.settled.next()).toMatchObject({ id: 'a', outcome: 'stopped' });
    },
  );
});

describe('a worker that ends', () => {
  it('asks what runs to stop at a safe point when it drains, and not again when it is greeted', async () => {
    const world = await held();
    const { context, reject } = world.run;
    const drained = world.worker.drain();
    await world.engine.drainings.next();
    expect(context.yieldSignal.reason).toEqual({ reason: 'drain', deadlineMs: 50 });
    reject(await context.checkpoint(1).catch((error: unknown) => error));
    expect(await world.engine.settled.next()).toEqual(YIELDED);
    await drained;
  });

  it('does so when the engine tells it to drain', async () => {
    const world = await held();
    world.engine.signal(world.worker.session, { kind: 'drain' });
    await world.engine.drainings.next();
    expect(world.run.context.yieldRequested()).toBe(true);
  });

  it('gives a loop the time to reach its checkpoint before it aborts anything', async () => {
    const passed = new Probe<AbortSignal>();
    passed.arm();
    const loop: Handler = async (_, { checkpoint, signal }) => {
      for (let step = 1; ; step++) {
        await checkpoint({ step });
        passed.hit(signal);
      }
    };
    const world = await started({ handlers: { loop } });
    world.assign({ type: 'loop', id: 'a' });
    const signal = await passed.next();
    await world.worker.stop({ forceMs: 5_000 });
    expect(await world.engine.settled.next()).toEqual(YIELDED);
    expect(signal.aborted).toBe(false);
    await world.engine.byes.next();
  });

  it('aborts at its deadline; a checkpoint in the grace still counts', async () => {
    const world = await held();
    const { context, reject } = world.run;
    const aborted = new Promise((resolve) => context.signal.addEventListener('abort', resolve));
    const stopped = world.worker.stop({ forceMs: 1 });
    await aborted;
    expect(context.signal.reason).toMatchObject({ reason: 'shutdown' });
    reject(await context.checkpoint(1).catch((error: unknown) => error));
    expect(await world.engine.settled.next()).toEqual(YIELDED);
    await stopped;
  });
});
