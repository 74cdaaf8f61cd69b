import type { LeaseRef } from '@precedent/contract-types';
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

/** Resolves when the worker has received these tasks, in the order in which they start. It keeps `running` too. */
const waiting = async (
  { engine, worker }: WorkerWorld,
  ids: readonly string[],
  running: readonly string[] = ['first'],
): Promise<void> => {
  const leasesOf = (names: readonly string[]) => names.map((id): LeaseRef => [id, 1]);
  engine.welcome = { ...engine.welcome, keep: leasesOf([...running, ...ids]) };
  engine.signal(worker.session, { kind: 'who' });
  expect((await engine.hellos.next()).unstarted).toEqual(leasesOf(ids));
};

describe('tasks that are assigned ahead', () => {
  it('start when a slot ends, the highest rank first, then the earliest, and the report says so', async () => {
    const made = await busy();
    const { assign, engine, runs } = made;
    assign(
      { type: 'hold', id: 'late', ahead: [1, 9] },
      { type: 'hold', id: 'early', ahead: [1, 4] },
      { type: 'hold', id: 'urgent', ahead: [3, 12] },
    );
    await waiting(made, ['urgent', 'early', 'late']);
    let run = made.first;
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
    const made = await busy();
    made.assign({ type: 'hold', id: 'next', ahead: [1, 1] }, { type: 'hold', id: 'urgent' });
    expect((await made.runs.next()).job.id).toBe('urgent');
    await waiting(made, ['next'], ['first', 'urgent']);
  });

  it('are returned when they are recalled, and what has started is not', async () => {
    const made = await busy();
    const { assign, engine, first, worker } = made;
    assign({ type: 'hold', id: 'next', ahead: [1, 1] });
    await waiting(made, ['next']);
    const leases = [['first', 1] as const, ['next', 1] as const];
    engine.signal(worker.session, { kind: 'recall', leases });
    expect(await engine.settled.next()).toEqual({ id: 'next', epoch: 1, outcome: 'returned' });
    first.resolve('done');
    expect(await engine.settled.next()).toMatchObject({ id: 'first', outcome: 'completed' });
  });

  it('are returned by a worker that drains', async () => {
    const made = await busy(60_000);
    const { assign, engine, first, worker } = made;
    assign({ type: 'hold', id: 'next', ahead: [1, 1] });
    await waiting(made, ['next']);
    const drained = worker.drain();
    expect(await engine.settled.next()).toEqual({ id: 'next', epoch: 1, outcome: 'returned' });
    first.resolve();
    await drained;
  });
});
