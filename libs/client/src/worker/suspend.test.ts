import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TestServer } from '../testing/nats-server.ts';
import { startServer } from '../testing/nats-server.ts';
import type { HeldRun, WorkerWorld } from '../testing/worker-world.ts';
import { workerWorld } from '../testing/worker-world.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Held = WorkerWorld & { readonly run: HeldRun };

const held = async (heartbeatMs = 0): Promise<Held> => {
  const made = await workerWorld(server.url);
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

/** Registers a control that writes down what it is told. */
const registered = ({ run }: Held): string[] => {
  const told: string[] = [];
  run.context.suspendable({
    suspend: () => void told.push('suspend'),
    resume: () => void told.push('resume'),
  });
  return told;
};

describe('a task that can be frozen', () => {
  it('is frozen and thawed as the engine says', async () => {
    const world = await held();
    const told = registered(world);
    await send(world, 'suspend', 'resume', 'suspend');
    expect(told).toEqual(['suspend', 'resume', 'suspend']);
  });

  it('is frozen when it says how, if that was wanted before', async () => {
    const world = await held();
    await send(world, 'suspend');
    expect(registered(world)).toEqual(['suspend']);
  });

  it('hears of a stop, and is thawed to obey it', async () => {
    const world = await held();
    const told = registered(world);
    await send(world, 'suspend');
    world.run.context.signal.addEventListener('abort', () => void told.push('stop'));
    world.engine.signal(world.worker.session, {
      kind: 'stop',
      id: 'a',
      epoch: 1,
      reason: 'cancelled',
      graceMs: 5,
    });
    await send(world);
    expect(told).toEqual(['suspend', 'stop', 'resume']);
  });

  it('owes no signs of life while it is frozen', async () => {
    const world = await held(10);
    registered(world);
    expect((await send(world)).quiet).toHaveLength(1);
    expect((await send(world, 'suspend')).quiet).toBeUndefined();
    expect((await send(world, 'resume')).quiet).toHaveLength(1);
  });

  it('whose control throws is still told everything else', async () => {
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
