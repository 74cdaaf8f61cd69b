import type { LeaseRef, SettledLease, WorkerSignal } from '@precedent/contract-types';
import { seededRandom } from '@precedent/kernel';
import type { AssignedLease } from '@precedent/ports';
import { classOf } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import { SimWorker } from './sim-worker.ts';
import { Tally } from './tally.ts';
import { simulationClock } from './virtual-clock.ts';

const TIMES = { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 };
const CLASS = classOf(
  { type: 'report', band: 'low' },
  {
    namespace: 'default',
    project: 'default',
    pool: 'default',
    timeouts: { low: TIMES, normal: TIMES, high: TIMES, critical: TIMES },
    retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
  },
);

/** A worker, and an engine that takes down what it says. */
const setup = ({ slots = 1, answers = true, failureRate = 0 } = {}) => {
  const clock = simulationClock(0);
  const tally = new Tally();
  const said: string[] = [];
  let receiver: {
    assign: (l: readonly AssignedLease[]) => void;
    signal: (s: readonly WorkerSignal[]) => void;
  };
  const names = (leases: readonly (readonly [string, number, ...unknown[]])[]): string =>
    leases.map(([id, epoch]) => `${id}@${epoch}`).join(' ');
  const worker = new SimWorker({
    offer: { worker: 'w', version: '', types: [], pools: [], labels: {}, resources: {}, slots },
    seed: 1,
    faults: { crashesPerHour: 0, restartMs: 50, failureRate, lostMessages: 0 },
    clock,
    tally,
    network: seededRandom(1),
    link: {
      assign: () => undefined,
      signal: () => undefined,
      probe: () => undefined,
      sendLeaderHeartbeat: () => undefined,
      onUnreachable: () => undefined,
      attach: (_, listener) => {
        receiver = listener;
        return () => void said.push('gone');
      },
    },
    api: {
      hello: ({ session, running }, reply) => {
        said.push(`hello ${session} ${names(running)}`.trim());
        reply({ ok: true, leaseMs: 1, heartbeatMs: 1, keep: running });
      },
      heartbeat: (_, running, __, suspended = []) =>
        void said.push(
          `beat ${names(running)}${suspended.length > 0 ? ` suspended ${names(suspended)}` : ''}`,
        ),
      report: (_, settled: readonly SettledLease[], reply) => {
        said.push(...settled.map(({ id, epoch, outcome }) => `${outcome} ${id}@${epoch}`));
        if (answers) reply([]);
      },
      recordStep: () => undefined,
    },
  });
  worker.start();
  const assign = (...refs: readonly LeaseRef[]): void => {
    for (const [id] of refs) {
      if (!tally.open.has(id)) tally.arrives({ id, atMs: 0, task: {}, workMs: 100, stopMs: 10 }, 'low', 0);
    }
    receiver.assign(refs.map(([id, epoch]) => ({ id, epoch, attempt: 1, class: CLASS, body: '{}' })));
  };
  const signal = (one: WorkerSignal): void => receiver.signal([one]);
  const run = (to: number): Promise<void> => clock.runTo(to, () => false);
  return { worker, said, tally, assign, signal, run };
};

describe('a simulated worker', () => {
  it('runs an assigned lease and reports its end', async () => {
    const { said, assign, run, tally } = setup();
    assign(['a', 1]);
    await run(100);
    expect(said).toEqual(['hello w-1', 'completed a@1']);
    expect(tally.bands.low).toMatchObject({ slotMs: 100, lostMs: 0 });
  });

  it('runs a lease once that is assigned twice', async () => {
    const { said, assign, run } = setup({ slots: 2 });
    assign(['a', 1], ['a', 1]);
    await run(100);
    expect(said).toEqual(['hello w-1', 'completed a@1']);
  });

  it('returns a lease for which it has no slot', () => {
    const { said, assign } = setup();
    assign(['a', 1], ['b', 1]);
    expect(said).toEqual(['hello w-1', 'returned b@1']);
  });

  it('repeats a report with every heartbeat until it is answered', async () => {
    const { worker, said, assign, run } = setup({ answers: false });
    assign(['a', 1]);
    await run(100);
    worker.beat();
    expect(said.slice(1)).toEqual(['completed a@1', 'beat a@1', 'completed a@1']);
  });

  it('loses all leases in a crash, and starts a session without leases', async () => {
    const { worker, said, assign, run, tally } = setup();
    assign(['a', 1]);
    await run(40);
    worker.crash();
    worker.beat();
    await run(1_000);
    expect(said).toEqual(['hello w-1', 'gone', 'hello w-2']);
    expect(tally.bands.low).toMatchObject({ slotMs: 40, lostMs: 40 });
  });

  it('stops at a signal for the current lease, and ignores one for an older lease', async () => {
    const { said, assign, signal, run, tally } = setup();
    assign(['a', 2]);
    await run(30);
    signal({ kind: 'stop', id: 'a', epoch: 1, reason: 'preempted', graceMs: 100 });
    await run(50);
    signal({ kind: 'stop', id: 'a', epoch: 2, reason: 'preempted', graceMs: 100 });
    await run(1_000);
    expect(said).toEqual(['hello w-1', 'stopped a@2']);
    expect(tally.bands.low).toMatchObject({ slotMs: 60, lostMs: 50 });
  });

  it('reports nothing about a lease that it has lost', async () => {
    const { said, assign, signal, run } = setup();
    assign(['a', 1]);
    signal({ kind: 'stop', id: 'a', epoch: 1, reason: 'lease_lost', graceMs: 0 });
    await run(1_000);
    expect(said).toEqual(['hello w-1']);
  });

  it('suspends a lease, runs another one in its slot, and resumes it', async () => {
    const { said, assign, signal, run } = setup();
    assign(['a', 1]);
    await run(50);
    signal({ kind: 'suspend', id: 'a', epoch: 1, decision: 'd' });
    signal({ kind: 'suspend', id: 'a', epoch: 1, decision: 'd' });
    assign(['b', 1]);
    await run(150);
    signal({ kind: 'resume', id: 'a', epoch: 1, decision: 'other' });
    signal({ kind: 'resume', id: 'a', epoch: 1, decision: 'd' });
    await run(1_000);
    expect(said).toEqual([
      'hello w-1',
      'beat a@1 suspended a@1',
      'completed b@1',
      'beat a@1',
      'completed a@1',
    ]);
  });

  it('fails every attempt when all are to fail', async () => {
    const { said, assign, run } = setup({ slots: 3, failureRate: 1 });
    assign(['a', 1], ['b', 1], ['c', 1]);
    await run(1_000);
    expect(said.slice(1).toSorted()).toEqual(['failed a@1', 'failed b@1', 'failed c@1']);
  });
});
