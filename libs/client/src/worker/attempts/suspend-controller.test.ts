import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { HeldRun, WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import type { WorkerOptions } from '../options.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Held = WorkerWorld & { readonly run: HeldRun };

const held = async (heartbeatMs = 0, options: Partial<WorkerOptions> = {}): Promise<Held> => {
  const made = await workerWorld(server.url, options);
  onTestFinished(made.close);
  await made.worker.start();
  made.assign({ type: 'hold', id: 'a', heartbeatMs });
  return { ...made, run: await made.runs.next() };
};

const send = async ({ engine, worker }: Held, ...kinds: ('suspend' | 'resume')[]) => {
  const signals = kinds.map((kind) => ({ kind, id: 'a', epoch: 1 }));
  engine.signal(worker.session, ...signals, { kind: 'ping' });
  return engine.heartbeats.next();
};

/** Registers a control that writes down what it is calls. */
const registered = ({ run }: Held): string[] => {
  const calls: string[] = [];
  run.context.suspendable({
    suspend: () => void calls.push('suspend'),
    resume: () => void calls.push('resume'),
  });
  return calls;
};

describe('a task that can be frozen', () => {
  it('is frozen and resumed as the engine requests', async () => {
    const world = await held();
    const calls = registered(world);
    await send(world, 'suspend', 'resume', 'suspend');
    expect(calls).toEqual(['suspend', 'resume', 'suspend']);
  });

  it('is frozen when it says how, if that was wanted before', async () => {
    const world = await held();
    await send(world, 'suspend');
    expect(registered(world)).toEqual(['suspend']);
  });

  it('sees a stop, and is resumed to obey it', async () => {
    const world = await held();
    const calls = registered(world);
    await send(world, 'suspend');
    world.run.context.signal.addEventListener('abort', () => void calls.push('stop'));
    world.engine.signal(world.worker.session, {
      kind: 'stop',
      id: 'a',
      epoch: 1,
      reason: 'cancelled',
      graceMs: 5,
    });
    await send(world);
    expect(calls).toEqual(['suspend', 'stop', 'resume']);
  });

  it('owes no signs of life while it is frozen', async () => {
    const world = await held(10);
    registered(world);
    expect((await send(world)).quiet).toHaveLength(1);
    expect((await send(world, 'suspend')).quiet).toBeUndefined();
    expect((await send(world, 'resume')).quiet).toHaveLength(1);
  });

  it('whose control throws still gets every other request', async () => {
    const world = await held();
    await world.engine.openLogs();
    const fail = (): never => {
      throw new Error('no such process');
    };
    world.run.context.suspendable({ suspend: fail, resume: fail });
    await send(world, 'suspend', 'resume');
    world.run.resolve('done');
    expect(await world.engine.settled.next()).toMatchObject({ outcome: 'completed' });
    const texts = [];
    for await (const chunk of world.client.logs('a')) texts.push(chunk.text);
    expect(texts.join('')).toBe('suspend failed: no such process\nresume failed: no such process');
  });

  it('and one that cannot: nothing happens', async () => {
    const world = await held();
    await send(world, 'suspend', 'resume');
    world.run.resolve('done');
    expect(await world.engine.settled.next()).toMatchObject({ outcome: 'completed' });
  });
});

describe('a task that is frozen for a decision', () => {
  const order = ({ engine, worker }: Held, kind: 'suspend' | 'resume', decision: string): void =>
    engine.signal(worker.session, { kind, id: 'a', epoch: 1, decision });
  /** A control whose freezing ends when the test says so. */
  const slow = ({ run }: Held) => {
    const calls: string[] = [];
    const done: ((isHeld: boolean) => void)[] = [];
    run.context.suspendable({
      suspend: () => {
        calls.push('suspend');
        return new Promise<boolean>((resolve) => done.push(resolve));
      },
      resume: () => void calls.push('resume'),
    });
    return { calls, done };
  };

  it('is listed in a heartbeat at once, and not before it is frozen', async () => {
    const world = await held();
    const { done } = slow(world);
    order(world, 'suspend', 'D1');
    expect((await send(world)).suspended).toBeUndefined();
    done[0]?.(true);
    expect(await world.engine.heartbeats.next()).toMatchObject({
      running: [['a', 1]],
      suspended: [['a', 1, 'D1']],
    });
    expect((await send(world)).suspended).toEqual([['a', 1, 'D1']]);
    order(world, 'resume', 'D1');
    expect((await send(world)).suspended).toBeUndefined();
  });

  it('is not listed when it could not be frozen, nor when it was resumed meanwhile', async () => {
    const world = await held();
    const { done } = slow(world);
    order(world, 'suspend', 'D1');
    await send(world);
    done[0]?.(false);
    expect((await send(world)).suspended).toBeUndefined();
    order(world, 'suspend', 'D1');
    order(world, 'resume', 'D1');
    await send(world);
    done[1]?.(true);
    expect((await send(world)).suspended).toBeUndefined();
  });

  it('is thawed by that decision only', async () => {
    const world = await held();
    const calls = registered(world);
    order(world, 'suspend', 'D2');
    await world.engine.heartbeats.next();
    order(world, 'resume', 'D1');
    expect((await send(world)).suspended).toEqual([['a', 1, 'D2']]);
    order(world, 'resume', 'D2');
    expect((await send(world)).suspended).toBeUndefined();
    expect(calls).toEqual(['suspend', 'resume']);
  });

  it('is not frozen any more once a stop was requested', async () => {
    const world = await held();
    const calls = registered(world);
    world.engine.signal(world.worker.session, {
      kind: 'stop',
      id: 'a',
      epoch: 1,
      reason: 'cancelled',
      graceMs: 5_000,
    });
    order(world, 'suspend', 'D1');
    await send(world);
    expect(calls).toEqual([]);
  });

  it('leaves its slot to another, and takes it back', async () => {
    const world = await held(0, { slots: 1, express: 0, suspends: ['hold', 'other'] });
    registered(world);
    expect((await world.engine.hellos.next()).suspends).toEqual(['hold']);
    order(world, 'suspend', 'D1');
    await world.engine.heartbeats.next();
    world.assign({ type: 'hold', id: 'b' });
    const other = await world.runs.next();
    world.assign({ type: 'hold', id: 'c' });
    expect(await world.engine.settled.next()).toMatchObject({ id: 'c', outcome: 'returned' });
    other.resolve();
    expect(await world.engine.settled.next()).toMatchObject({ id: 'b', outcome: 'completed' });
    order(world, 'resume', 'D1');
    world.assign({ type: 'hold', id: 'd' });
    expect(await world.engine.settled.next()).toMatchObject({ id: 'd', outcome: 'returned' });
    world.run.resolve('done');
    expect(await world.engine.settled.next()).toMatchObject({ id: 'a', outcome: 'completed' });
  });
});
