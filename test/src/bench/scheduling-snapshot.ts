import type { BandRank } from '@precedent/kernel';
import { demandOf, supplyOf } from '@precedent/scheduling';
import type { PoolUse, Reservation, Running, Snapshot, Waiting, SnapshotWorker } from '@precedent/scheduling';
import { seededRandom } from '@precedent/testkit';
import type { SeededRandom } from '@precedent/testkit';

/** The size of a cell, and how much of it is in the snapshot. */
export interface CellSize {
  readonly seed: number;
  readonly workers: number;
  readonly slots: number;
  /** Tasks that wait, in all queue classes and bands. */
  readonly waiting: number;
  /** How many waiting tasks of each queue class and band are in the snapshot, as the engine limits them. */
  readonly heads: number;
}

const NOW = 1_700_000_000_000;
const POOLS = ['default', 'gpu', 'batch', 'edge'];
const TYPES = 5;
const TENANTS = ['acme', 'globex', 'initech'];
/** One queue class of so many needs CPU and memory as well as a slot. */
const LARGE_EVERY = 5;
const LARGE = { cpu: 1, memoryMb: 2_048 };
const WORKER = { cpu: 32, memoryMb: 131_072 };
/** Share of the bands in percent, low first. */
const RUNNING_BANDS = [55, 30, 12, 3] as const;
const WAITING_BANDS = [60, 25, 15, 0] as const;
/** How long a task of the band has waited at most. */
const WAITED_MS = [600_000, 120_000, 4_000, 2] as const;
const LEAVING_PERCENT = 1;
/** Nearly all victims that a pool may have within the budget window have been taken, or the long waiting tasks would not wait. */
const VICTIMS_SHARE = 0.1;

interface QueueClass {
  readonly key: string;
  readonly pool: string;
  readonly demand: Waiting['demand'];
  readonly eligible: readonly string[];
}

/**
 * What an engine with full slots hands to the rule when a critical task has come in: the heads of its queues, every running
 * task, and a few leaving victims with the slots that they free. The same size and seed give the same snapshot.
 */
export const snapshotOf = (size: CellSize): Snapshot => {
  const random = seededRandom(size.seed);
  const workers = Array.from({ length: size.workers }, (_, at) => workerOf(at, size.slots, random));
  const queueClasses = queueClassesOf(workers);
  const waiting = [...headsOf(queueClasses, size, random), newcomer(random.pick(queueClasses), random)];
  return {
    now: NOW,
    waiting,
    workers,
    reservations: reservationsOf(workers, waiting),
    pools: poolsOf(workers, random),
    tenants: [],
    workflows: [],
  };
};

const poolOf = (worker: number): string => POOLS[worker % POOLS.length] ?? 'default';

const idOf = (letter: string, number: number): string => `01JD${letter}${String(number).padStart(21, '0')}`;

const workerOf = (at: number, slots: number, random: SeededRandom): SnapshotWorker => ({
  id: idOf('W', at),
  capacity: supplyOf(slots, WORKER),
  running: Array.from({ length: slots }, (_, slot) => runningOf(at * slots + slot, poolOf(at), random)),
});

const runningOf = (number: number, pool: string, random: SeededRandom): Running => {
  const tenant = random.pick(TENANTS);
  const startedAt = NOW - random.int(0, 60_000);
  const isLeaving = random.chance(LEAVING_PERCENT / 100);
  const base = isLeaving ? 0 : bandBy(RUNNING_BANDS, random);
  return {
    id: idOf('R', number),
    pool,
    tenant,
    domain: tenant,
    base,
    phase: isLeaving ? 'preempting' : 'running',
    usage: demandOf(random.chance(1 / LARGE_EVERY) ? LARGE : {}),
    startedAt,
    preemptCount: random.int(0, 2),
    ...(isLeaving && { mode: 'immediate', endsBy: NOW + random.int(1, 2_000) }),
    ...(random.chance(0.7) && { checkpointedAt: random.int(startedAt, NOW) }),
    ...(random.chance(0.02) && { atomic: { since: NOW - random.int(0, 500), maxMs: 1_000 } }),
  };
};

const bandBy = (percents: readonly number[], random: SeededRandom): BandRank => {
  let left = random.int(0, 99);
  for (const [rank, percent] of percents.entries()) {
    if (left < percent) return rank as BandRank;
    left -= percent;
  }
  return 0;
};

const queueClassesOf = (workers: readonly SnapshotWorker[]): QueueClass[] =>
  POOLS.flatMap((pool, poolAt) => {
    const eligible = workers.filter((_, at) => at % POOLS.length === poolAt).map(({ id }) => id);
    return Array.from({ length: TYPES }, (_, type) => {
      const resources = (poolAt * TYPES + type) % LARGE_EVERY === 0 ? LARGE : {};
      return { key: `type-${type} ${pool}`, pool, demand: demandOf(resources), eligible };
    });
  });

/** Distributes tasks over queue classes and bands at random; the snapshot holds those of each queue that have waited longest. */
const headsOf = (queueClasses: readonly QueueClass[], size: CellSize, random: SeededRandom): Waiting[] => {
  const queues = new Map<string, Waiting[]>();
  for (let number = 0; number < size.waiting; number++) {
    const task = waitingOf(number, random.pick(queueClasses), bandBy(WAITING_BANDS, random), random);
    const queue = queues.get(task.queue) ?? [];
    queue.push(task);
    queues.set(task.queue, queue);
  }
  return [...queues.values()].flatMap((queue) =>
    queue
      .toSorted((a, b) => a.submittedAt - b.submittedAt)
      .slice(0, size.heads)
      .map((task, order) => ({ ...task, order })),
  );
};

const waitingOf = (number: number, queueClass: QueueClass, base: BandRank, random: SeededRandom): Waiting => {
  const tenant = random.pick(TENANTS);
  const submittedAt = NOW - random.int(0, WAITED_MS[base]);
  return {
    id: idOf('Q', number),
    queue: `${queueClass.key} ${base}`,
    pool: queueClass.pool,
    tenant,
    domain: tenant,
    base,
    order: number,
    submittedAt,
    waitingSince: submittedAt,
    demand: queueClass.demand,
    eligible: queueClass.eligible,
  };
};

/** The critical task whose arrival starts the scheduling round. */
const newcomer = (queueClass: QueueClass, random: SeededRandom): Waiting =>
  waitingOf(10 ** 6, queueClass, 3, random);

/** The slot of each leaving victim is reserved for a high task that waits for that worker. */
const reservationsOf = (workers: readonly SnapshotWorker[], waiting: readonly Waiting[]): Reservation[] => {
  const high = waiting.filter(({ base }) => base === 2);
  return workers.flatMap(({ id: worker, running }) =>
    running.flatMap(({ phase, usage, endsBy = NOW }) => {
      const at = high.findIndex(({ eligible }) => eligible.includes(worker));
      if (phase !== 'preempting' || at < 0) return [];
      return high.splice(at, 1).map(({ id: task, base, pool, tenant, domain }) => ({
        task,
        kind: 'freed' as const,
        base,
        pool,
        tenant,
        domain,
        worker,
        amounts: usage,
        expiresAt: endsBy + 5_000,
      }));
    }),
  );
};

const poolsOf = (workers: readonly SnapshotWorker[], random: SeededRandom): PoolUse[] =>
  POOLS.map((pool) => {
    const mine = workers.flatMap(({ running }) => running).filter((task) => task.pool === pool);
    const at = (rank: BandRank): number =>
      mine.filter(({ base, phase }) => base === rank && phase === 'running').length;
    const leaving = mine.filter(({ phase }) => phase !== 'running').length;
    const victims = Math.floor(mine.length * VICTIMS_SHARE) - random.int(0, 2);
    return { pool, running: [at(0), at(1), at(2), at(3)], leaving, victims };
  });
