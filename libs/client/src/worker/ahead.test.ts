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

/** A worker with one slot, in which `first` runs. */
const busy = async (drainMs = 50): Promise<WorkerWorld & { first: HeldRun }> => {
  const made = await workerWorld(server.url, { slots: 1, drainMs });
  onTestFinished(made.close);
  await made.worker.start();
  await made.engine.hellos.next();
  made.assign({ type: 'hold', id: 'first' });
  return { ...made, first: await made.runs.next() };
};

describe('tasks that are assigned ahead', () => {
  it('start when a slot ends, the highest rank first, then the earliest, and the report says so', async () => {
    const { assign, engine, first, runs } = await busy();
    assign(
      { type: 'hold', id: 'late', ahead: [1, 9] },
      { type: 'hold', id: 'early', ahead: [1, 4] },
      { type: 'hold', id: 'urgent', ahead: [3, 12] },
    );
    await engine.link.flush();
    let run = first;
    for (const id of ['urgent', 'early', 'late']) {
      run.resolve();
      expect(await engine.started.next()).toEqual([id, 1]);
      run = await runs.next();
      expect(run.job.id).toBe(id);
    }
  });

  it('start at once where a slot is free, and that is reported too', async () => {
    const { assign, engine, first, runs } = await busy();
    first.resolve();
    await engine.settled.next();
    assign({ type: 'hold', id: 'next', ahead: [1, 1] });
    expect((await runs.next()).job.id).toBe('next');
    expect(await engine.started.next()).toEqual(['next', 1]);
  });

  it('take no express slot', async () => {
    const { assign, engine, runs, worker } = await busy();
    assign({ type: 'hold', id: 'next', ahead: [1, 1] }, { type: 'hold', id: 'urgent' });
    expect((await runs.next()).job.id).toBe('urgent');
    engine.signal(worker.session, { kind: 'who' });
    expect((await engine.hellos.next()).unstarted).toEqual([['next', 1]]);
  });

  it('are returned when they are recalled, and what has started is not', async () => {
    const { assign, engine, first, worker } = await busy();
    assign({ type: 'hold', id: 'next', ahead: [1, 1] });
    const leases = [['first', 1] as const, ['next', 1] as const];
    engine.signal(worker.session, { kind: 'recall', leases });
    expect(await engine.settled.next()).toEqual({ id: 'next', epoch: 1, outcome: 'returned' });
    first.resolve('done');
    expect(await engine.settled.next()).toMatchObject({ id: 'first', outcome: 'completed' });
  });

  it('are returned by a worker that drains', async () => {
    const { assign, engine, first, worker } = await busy(60_000);
    assign({ type: 'hold', id: 'next', ahead: [1, 1] });
    engine.welcome = {
      ...engine.welcome,
      keep: [
        ['first', 1],
        ['next', 1],
      ],
    };
    engine.signal(worker.session, { kind: 'who' });
    expect((await engine.hellos.next()).unstarted).toEqual([['next', 1]]);
    const drained = worker.drain();
    expect(await engine.settled.next()).toEqual({ id: 'next', epoch: 1, outcome: 'returned' });
    first.resolve();
    await drained;
  });
});
