import type { BandRank } from '@precedent/kernel';
import { NO_AMOUNTS } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import type { Decision } from './decision.ts';
import type { Policy } from './policy.ts';
import { DecisionRound } from './round.ts';
import type { PoolUse, Running, Snapshot, Waiting, SnapshotWorker } from './snapshot.ts';

/** The moment of all made-up snapshots: small, so that times collide. */
export const NOW = 10;

export const amounts = (given: Partial<Amounts> = {}): Amounts => ({ ...NO_AMOUNTS, slots: 1, ...given });

export const aWaiting = (given: Partial<Waiting> = {}): Waiting => ({
  id: 'P',
  queue: `${given.id ?? 'P'}-queue`,
  pool: 'default',
  tenant: 'acme',
  domain: 'acme',
  base: 3,
  order: 0,
  submittedAt: 0,
  waitingSince: 0,
  demand: amounts(),
  eligible: ['w1'],
  ...given,
});

export const aRunning = (given: Partial<Running> = {}): Running => ({
  id: 'V',
  pool: 'default',
  tenant: 'acme',
  domain: 'acme',
  base: 0,
  phase: 'running',
  usage: amounts(),
  startedAt: 0,
  preemptCount: 0,
  ...given,
});

export const isOut = ({ phase }: Running): boolean => ['preempting', 'stopping', 'suspended'].includes(phase);

export const poolsOf = (workers: readonly SnapshotWorker[], given: Partial<PoolUse> = {}): PoolUse[] => {
  const all = workers.flatMap((worker) => worker.running);
  return [...new Set([...all.map(({ pool }) => pool), 'default'])].map((pool) => {
    const mine = all.filter((task) => task.pool === pool);
    const at = (rank: BandRank): number => mine.filter((task) => task.base === rank && !isOut(task)).length;
    const leaving = mine.filter(isOut).length;
    return { pool, running: [at(0), at(1), at(2), at(3)], leaving, victims: 0, ...given };
  });
};

/** A worker that is as large as what runs on it, unless a capacity is given. */
export const aWorker = (given: Partial<SnapshotWorker> = {}): SnapshotWorker => {
  const running = given.running ?? [];
  return { id: 'w1', capacity: sumOf(running.map(({ usage }) => usage)), ...given, running };
};

export const sumOf = (all: readonly Amounts[]): Amounts =>
  all.reduce(
    (sum, one) => ({
      slots: sum.slots + one.slots,
      cpuMilli: sum.cpuMilli + one.cpuMilli,
      memoryMb: sum.memoryMb + one.memoryMb,
      gpu: sum.gpu + one.gpu,
    }),
    NO_AMOUNTS,
  );

export const aSnapshot = (given: Partial<Snapshot> = {}): Snapshot => ({
  now: NOW,
  waiting: [aWaiting()],
  workers: [],
  reservations: [],
  pools: poolsOf(given.workers ?? []),
  tenants: [],
  workflows: [],
  ...given,
});

/** The snapshot as these decisions leave it, before anybody has answered: victims on their way out, reservations made. */
export const afterDecisions = (
  snapshot: Snapshot,
  decisions: readonly Decision[],
  policy: Policy,
): Snapshot => {
  const round = new DecisionRound(snapshot, policy);
  for (const decision of decisions) round.take(decision);
  return round.snapshotAfter(snapshot);
};
