import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TestServer } from '../testing/nats-server.ts';
import { startServer } from '../testing/nats-server.ts';
import type { WorkerWorld } from '../testing/worker-world.ts';
import { workerWorld } from '../testing/worker-world.ts';
import type { WorkerOptions } from './options.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const world = async (options: Partial<WorkerOptions> = {}): Promise<WorkerWorld> => {
  const made = await workerWorld(server.url, options);
  onTestFinished(made.close);
  return made;
};

const started = async (options: Partial<WorkerOptions> = {}): Promise<WorkerWorld> => {
  const made = await world(options);
  await made.worker.start();
  return made;
};

describe('a worker that ends', () => {
  it('drains: takes nothing new, and waits for what runs', async () => {
    const { engine, worker, runs, assign } = await started();
    assign({ type: 'hold', id: 'a' });
    const run = await runs.next();
    const drained = worker.drain();
    expect(await engine.drainings.next()).toEqual({ kind: 'draining', session: worker.session });
    expect(worker.state).toBe('draining');
    assign({ id: 'b' });
    expect(await engine.settled.next()).toEqual({ id: 'b', epoch: 1, outcome: 'returned' });
    run.resolve();
    await drained;
    expect(await engine.settled.next()).toMatchObject({ id: 'a', outcome: 'completed' });
  });

  it('drains when the engine tells it to', async () => {
    const { engine, worker } = await started();
    engine.signal(worker.session, { kind: 'drain' });
    await engine.drainings.next();
  });

  it('stops: reports what ends in time, then says goodbye', async () => {
    const { engine, worker, runs, assign } = await started();
    assign({ type: 'hold', id: 'a' });
    const run = await runs.next();
    const stopped = worker.stop({ forceMs: 5_000 });
    await engine.drainings.next();
    run.resolve('in time');
    expect(await engine.settled.next()).toMatchObject({ outcome: 'completed', result: 'in time' });
    expect(await engine.byes.next()).toEqual({ kind: 'bye', session: worker.session });
    await stopped;
    expect(worker.state).toBe('stopped');
    expect(engine.byes.next()).toBeInstanceOf(Promise);
  });

  it('aborts what does not end in time, and gives it back at no cost', async () => {
    const { engine, worker, runs, assign } = await started();
    assign({ type: 'hold', id: 'a' });
    const { context, reject } = await runs.next();
    const stopped = worker.stop({ forceMs: 1 });
    context.signal.addEventListener('abort', () => reject(new Error('interrupted')));
    expect(await engine.settled.next()).toEqual({ id: 'a', epoch: 1, outcome: 'returned' });
    await stopped;
    expect(context.signal.reason).toMatchObject({ reason: 'shutdown' });
  });

  it('leaves a handler behind that ignores its signal, after its grace time', async () => {
    const { engine, worker, runs, assign } = await started();
    assign({ type: 'hold', id: 'a', graceMs: 20 });
    await runs.next();
    await worker.stop({ forceMs: 1 });
    await engine.byes.next();
  });

  it('stops though it never met an engine, and before it was started', async () => {
    const { engine, worker, client } = await world({ waitForEngine: false });
    await engine.die();
    await worker.start();
    await worker.stop();
    expect(worker.state).toBe('stopped');
    const unused = client.worker({ handlers: { echo: () => Promise.resolve() } });
    await unused.stop();
    await expect(unused.start()).rejects.toThrow('stopped');
  });

  it('stops what it runs, and itself, when its connection is closed', async () => {
    const { client, worker, runs, assign } = await started();
    assign({ type: 'hold', id: 'a' });
    const { context, reject } = await runs.next();
    context.signal.addEventListener('abort', () => reject(context.signal.reason));
    await client.close();
    await worker.stop();
    expect(context.signal.reason).toMatchObject({ reason: 'lease_lost' });
    expect(worker.running).toBe(0);
  });
});
