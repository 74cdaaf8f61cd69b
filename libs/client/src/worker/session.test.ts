import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TestServer } from '../testing/nats-server.ts';
import { startServer } from '../testing/nats-server.ts';
import type { HeldRun, WorkerWorld } from '../testing/worker-world.ts';
import { workerWorld } from '../testing/worker-world.ts';
import type { WorkerOptions, WorkerState } from './options.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const world = async (options: Partial<WorkerOptions> = {}, at = server): Promise<WorkerWorld> => {
  const made = await workerWorld(at.url, options);
  onTestFinished(made.close);
  return made;
};

/** A started worker that runs the tasks `a` and `b`. */
const busyWorld = async (
  options: Partial<WorkerOptions> = {},
): Promise<WorkerWorld & { a: HeldRun; b: HeldRun }> => {
  const made = await world(options);
  await made.worker.start();
  await made.engine.hellos.next();
  made.assign({ type: 'hold', id: 'a' }, { type: 'hold', id: 'b' });
  return { ...made, a: await made.runs.next(), b: await made.runs.next() };
};

const BOTH: readonly [string, number][] = [
  ['a', 1],
  ['b', 1],
];

const aborted = ({ context }: HeldRun): Promise<unknown> =>
  new Promise((resolve) => {
    if (context.signal.aborted) resolve(context.signal.reason);
    context.signal.addEventListener('abort', () => resolve(context.signal.reason));
  });

describe('a worker whose engine changes', () => {
  it('tells a new engine what it runs, keeps what it may keep, and stops the rest', async () => {
    const { engine, a, b } = await busyWorld();
    engine.welcome = { ...engine.welcome, keep: [['a', 1]] };
    engine.announce(1);
    engine.announce(2);
    expect((await engine.hellos.next()).running).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect(await aborted(b)).toEqual({ reason: 'lease_lost', graceMs: 50 });
    b.resolve('not waited for');
    expect(await engine.settled.next()).toEqual({ id: 'b', epoch: 1, outcome: 'stopped' });
    a.resolve('kept');
    expect(await engine.settled.next()).toMatchObject({ id: 'a', outcome: 'completed', result: 'kept' });
    expect(a.context.signal.aborted).toBe(false);
  });

  it('says hello again when the engine requests it', async () => {
    const { engine, worker } = await busyWorld();
    engine.welcome = { ...engine.welcome, keep: BOTH };
    engine.signal(worker.session, { kind: 'who' });
    expect((await engine.hellos.next()).running).toHaveLength(2);
  });

  it('does not say hello again for the same engine', async () => {
    const { engine, worker } = await busyWorld();
    for (let beat = 0; beat < 3; beat++) engine.announce(7);
    engine.signal(worker.session, { kind: 'ping' });
    await engine.heartbeats.next();
    engine.signal(worker.session, { kind: 'who' });
    await engine.hellos.next();
    let more = 0;
    void engine.hellos.next().then(() => more++);
    await engine.link.flush();
    expect(more).toBe(0);
  });

  it('holds its reports until the new engine knows it', async () => {
    const { engine, a } = await busyWorld();
    engine.welcome = { ...engine.welcome, keep: BOTH };
    let greet = (): void => undefined;
    engine.answerHello = () => undefined;
    const order: string[] = [];
    engine.announce(1);
    engine.announce(2);
    await engine.hellos.next();
    a.resolve('while it greets');
    engine.answerHello = () => {
      order.push('hello');
      greet();
      return engine.welcome;
    };
    engine.answerReport = () => {
      order.push('report');
      return { ok: true, refused: [] };
    };
    const greeted = new Promise<void>((resolve) => {
      greet = resolve;
    });
    await greeted;
    await engine.settled.next();
    expect(order).toEqual(['hello', 'report']);
  });

  it('draining, says so again to the new engine', async () => {
    const { engine, worker } = await busyWorld();
    void worker.drain();
    await engine.drainings.next();
    engine.announce(1);
    engine.announce(2);
    await engine.drainings.next();
  });
});

describe('a worker that hears nothing', () => {
  it('stops what it runs when its leases have ended, and starts over when an engine is back', async () => {
    const states: WorkerState[] = [];
    const made = await world({ onState: (state) => states.push(state) });
    const { engine, worker, runs, assign } = made;
    engine.welcome = { ...engine.welcome, leaseMs: 200, heartbeatMs: 30 };
    await worker.start();
    await engine.hellos.next();
    assign({ type: 'hold', id: 'a' });
    const run = await runs.next();
    await engine.die();
    expect(await aborted(run)).toMatchObject({ reason: 'lease_lost' });
    run.resolve('too late');
    await engine.serveWorkers();
    engine.announce(1);
    expect((await engine.hellos.next()).running).toEqual([['a', 1]]);
    expect(await engine.settled.next()).toEqual({ id: 'a', epoch: 1, outcome: 'stopped' });
    assign({ id: 'b' });
    expect(await engine.settled.next()).toMatchObject({ id: 'b', outcome: 'completed' });
    expect(states).toEqual(['seeking', 'ready', 'seeking', 'ready']);
  });

  it('goes on as long as anything of the engine is heard', async () => {
    const { engine, worker, runs, assign } = await world();
    engine.welcome = { ...engine.welcome, leaseMs: 150, heartbeatMs: 30 };
    await worker.start();
    assign({ type: 'hold', id: 'a' });
    const run = await runs.next();
    for (let beat = 0; beat < 10; beat++) {
      await engine.heartbeats.next();
      engine.announce(1);
    }
    expect(run.context.signal.aborted).toBe(false);
  });

  it('outlives a restart of the NATS server', async () => {
    const own = await startServer();
    onTestFinished(() => own.stop());
    const { engine, worker, runs, assign } = await world({}, own);
    engine.welcome = { ...engine.welcome, leaseMs: 20_000, heartbeatMs: 50 };
    await worker.start();
    assign({ type: 'hold', id: 'a' });
    const run = await runs.next();
    await own.kill();
    run.resolve('across the restart');
    await own.restart();
    expect(await engine.settled.next()).toMatchObject({ id: 'a', result: 'across the restart' });
    assign({ id: 'b' });
    expect(await engine.settled.next()).toMatchObject({ id: 'b', outcome: 'completed' });
  });
});
