import fc from 'fast-check';
import type { BandRank } from '@precedent/kernel';
import { NO_AMOUNTS } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import { NOW, aWaiting, aWorker, amounts, poolsOf, sumOf } from './builders.arbitraries.ts';
import { MODES } from './mode.ts';
import type { Mode } from './mode.ts';
import { DEFAULT_POLICY } from './policy.ts';
import type { ClassRules, Override, Policy } from './policy.ts';
import type { Reservation, Running, Snapshot, Waiting, SnapshotWorker } from './snapshot.ts';

export const rank = fc.constantFrom<BandRank>(0, 1, 2, 3);
const few = fc.nat(2);
const mode = fc.constantFrom(...MODES);
const moment = fc.integer({ min: NOW - 3, max: NOW });

/** A record of which each field is mostly missing, so that tasks do not differ in everything. */
const rarely = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<
  Partial<T>
> => {
  const options = Object.entries<fc.Arbitrary<unknown>>(fields).map(([key, value]) => [
    key,
    fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value }),
  ]);
  return fc
    .record(Object.fromEntries(options) as Record<string, fc.Arbitrary<unknown>>)
    .map(
      (made) =>
        Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)) as Partial<T>,
    );
};

const weighted = <T>(...pairs: readonly (readonly [weight: number, value: T])[]): fc.Arbitrary<T> =>
  fc.oneof(...pairs.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

const usages: fc.Arbitrary<Amounts> = fc.record({
  slots: weighted([10, 1], [1, 0], [1, 2]),
  cpuMilli: fc.nat(2),
  memoryMb: weighted([2, 0], [1, 1], [1, 2]),
  gpu: weighted([3, 0], [1, 1]),
});

/** Often more than one victim can give, and seldom more than a worker has. */
const demands: fc.Arbitrary<Amounts> = fc.record({
  slots: weighted([6, 1], [1, 0], [3, 2]),
  cpuMilli: weighted([3, 0], [1, 1], [1, 2], [1, 3]),
  memoryMb: weighted([6, 0], [1, 1], [1, 2]),
  gpu: weighted([9, 0], [1, 1]),
});

const override = rarely<Required<Override>>({
  mode,
  checkpointDeadlineMs: few,
  escalates: fc.boolean(),
  exemptMs: few,
  graceMs: few,
  maxPreemptions: few,
  preemptAfterMs: few,
});

const pool = weighted([3, 'default'], [1, 'gpu']);
const tenant = weighted([6, 'acme'], [1, 'zeta']);
const PHASES = weighted<Running['phase']>(
  [18, 'running'],
  [1, 'assigned'],
  [1, 'parked'],
  [1, 'preempting'],
  [1, 'stopping'],
  [1, 'suspended'],
);

type Seldom = Required<
  Pick<
    Running,
    | 'workflow'
    | 'donated'
    | 'endsBy'
    | 'override'
    | 'suspendable'
    | 'atomic'
    | 'checkpointedAt'
    | 'checkpointInMs'
    | 'checkpointMs'
    | 'restoreMs'
    | 'undoMs'
    | 'remaining'
  >
>;

const running: fc.Arbitrary<Running> = fc
  .record({
    must: fc.record({
      pool,
      tenant,
      base: weighted<BandRank>([4, 0], [3, 1], [2, 2], [1, 3]),
      phase: PHASES,
      usage: usages,
      startedAt: moment,
      preemptCount: weighted([5, 0], [1, 1], [1, 2], [1, 3]),
    }),
    may: rarely<Seldom>({
      workflow: fc.constantFrom('f1', 'f2'),
      donated: rank,
      endsBy: fc.integer({ min: NOW, max: NOW + 3 }),
      override,
      suspendable: fc.boolean(),
      atomic: fc.record({ since: moment, maxMs: few }),
      checkpointedAt: moment,
      checkpointInMs: few,
      checkpointMs: few,
      restoreMs: few,
      undoMs: few,
      remaining: fc.record({ p50Ms: fc.nat(4), support: few }),
    }),
  })
  .map(({ must, may }) => {
    const exits = must.phase === 'preempting' ? { mode: may.override?.mode ?? 'immediate' } : {};
    return { id: '', domain: must.tenant, ...must, ...may, ...exits };
  });

const spare = fc.record({
  slots: weighted([7, 0], [1, 1]),
  cpuMilli: few,
  memoryMb: few,
  gpu: weighted([3, 0], [1, 1]),
});

const worker: fc.Arbitrary<SnapshotWorker> = fc
  .record({
    running: fc.array(running, { minLength: 1, maxLength: 4, size: 'max' }),
    spare,
    offers: rarely<Required<Pick<SnapshotWorker, 'express'>>>({ express: few }),
  })
  .map(({ running: tasks, spare: room, offers }) => ({
    id: '',
    capacity: sumOf([...tasks.map(heldByHand), room]),
    running: tasks,
    ...offers,
  }));

/** A frozen task keeps memory and GPUs only. */
const heldByHand = ({ phase, usage }: Running): Amounts =>
  phase === 'suspended' ? { ...usage, slots: 0, cpuMilli: 0 } : usage;

type SeldomWaiting = Required<
  Pick<
    Waiting,
    'fairShare' | 'override' | 'blockedBy' | 'preempts' | 'preempted' | 'replans' | 'spared' | 'runsInExpress'
  >
>;

const waiting: fc.Arbitrary<Waiting> = fc
  .record({
    must: fc.record({
      pool,
      tenant,
      base: weighted<BandRank>([1, 0], [2, 1], [3, 2], [4, 3]),
      order: fc.nat(3),
      submittedAt: moment,
      waitingSince: moment,
      demand: demands,
      eligible: fc.oneof(
        fc.constant(['w0', 'w1', 'w2', 'w3']),
        fc.subarray(['w0', 'w1', 'w2', 'w3'], { minLength: 1 }),
      ),
      queue: fc.constantFrom('q1', 'q2', 'q3'),
    }),
    may: rarely<SeldomWaiting>({
      fairShare: few,
      override,
      blockedBy: fc.constantFrom('concurrency_key', 'rate_limit', 'dependency'),
      preempts: fc.boolean(),
      preempted: fc.boolean(),
      replans: weighted([4, 1], [1, 3]),
      spared: fc.subarray(['t0', 't1', 't2']),
      runsInExpress: fc.constant(true as const),
    }),
  })
  .map(({ must, may }) => ({ id: '', domain: must.tenant, ...must, ...may }));

const rulesAt = (own: BandRank): fc.Arbitrary<ClassRules> =>
  fc
    .record({
      preemptAfterMs: weighted([5, 0], [1, 2]),
      demands: weighted<Mode>([6, 'immediate'], [1, 'at_checkpoint'], [1, 'delay'], [1, 'suspend']),
      overridesExempt: fc.boolean(),
      ignoresCap: weighted([4, false], [1, true]),
      minRatioPercent: fc.constantFrom(0, 100),
      holdAfterMs: few,
      usesExpress: weighted([1, true], [1, false]),
      mode: weighted<Mode>(
        [4, 'immediate'],
        [3, 'at_checkpoint'],
        [1, 'delay'],
        [1, 'suspend'],
        [1, 'never'],
      ),
      checkpointDeadlineMs: few,
      escalates: fc.boolean(),
      exemptMs: weighted([4, 0], [1, 1], [1, 2]),
      graceMs: few,
      maxPreemptions: weighted([5, 3], [1, 2], [1, 1]),
      minRunning: weighted([5, 0], [1, 1], [1, 2]),
      all: weighted([5, true], [1, false]),
      some: fc.subarray([0, 1, 2] as BandRank[]),
    })
    .map(({ all, some, ...rules }) => ({
      ...rules,
      mayPreempt: (all ? ([0, 1, 2] as const) : some).filter((victim) => victim < own),
    }));

/** Policies in which every rule bites now and then. Milliseconds are few, as in the snapshots. */
export const policies: fc.Arbitrary<Policy> = fc
  .record({
    classes: fc.tuple(rulesAt(0), rulesAt(1), rulesAt(2), rulesAt(3)),
    aging: fc.constantFrom<Policy['aging']>([0, 0, 0, 0], [1, 1, 0, 0], [2, 3, 0, 0]),
    capPercent: weighted([1, 0], [1, 25], [4, 100]),
    floorPercent: fc.constantFrom(0, 50, 100),
    atomicMsMax: few,
    delayMaxMs: few,
    predictionSupportMin: few,
    crossTenant: fc.boolean(),
    holdsMax: fc.nat(1),
    replansMax: fc.constantFrom(0, 2, 2),
  })
  .map((given) => ({
    ...DEFAULT_POLICY,
    ...given,
    suspendGraceMs: 1,
    killGraceMs: 1,
    recallMs: 1,
    lookAgainMsMin: 1,
    holdMs: 3,
  }));

const named = <T extends { id: string }>(all: readonly T[], letter: string): T[] =>
  all.map((one, index) => ({ ...one, id: `${letter}${index}` }));

interface SnapshotParts {
  readonly waiting: readonly Waiting[];
  readonly workers: readonly SnapshotWorker[];
  readonly claims: readonly {
    readonly of: number;
    readonly on: number;
    readonly base: BandRank;
    readonly held: boolean;
  }[];
}

/** Reservations that agree with the workers: what was freed for somebody is there, the rest only holds. */
const reservationsOf = ({ waiting: tasks, workers, claims }: SnapshotParts): Reservation[] => {
  const left = new Map(workers.map((view) => [view.id, view]));
  const holders = new Set<string>();
  return claims.flatMap(({ of, on, base, held }) => {
    const view = workers[on % Math.max(1, workers.length)];
    const task = tasks[of];
    const name = task?.id ?? `r${of}`;
    if (view === undefined || holders.has(name)) return [];
    holders.add(name);
    const wanted = task?.demand ?? amounts();
    const rest = left.get(view.id)?.capacity ?? NO_AMOUNTS;
    const booked = sumOf([
      wanted,
      ...view.running
        .filter((one) => one.phase !== 'preempting' && one.phase !== 'stopping')
        .map(({ usage }) => usage),
    ]);
    const isThere = (['slots', 'cpuMilli', 'memoryMb', 'gpu'] as const).every(
      (one) => booked[one] <= rest[one],
    );
    const kind = isThere && !held ? 'freed' : 'held';
    if (kind === 'freed') {
      const smaller = {
        slots: rest.slots - wanted.slots,
        cpuMilli: rest.cpuMilli - wanted.cpuMilli,
        memoryMb: rest.memoryMb - wanted.memoryMb,
        gpu: rest.gpu - wanted.gpu,
      };
      left.set(view.id, { ...view, capacity: smaller });
    }
    return [
      {
        task: name,
        kind,
        base: task?.base ?? base,
        pool: 'default',
        tenant: task?.tenant ?? 'acme',
        domain: task?.domain ?? 'acme',
        worker: view.id,
        amounts: wanted,
        expiresAt: NOW + (of % 3),
      } as const,
    ];
  });
};

const claims = fc.array(fc.record({ of: fc.nat(6), on: fc.nat(3), base: rank, held: fc.boolean() }), {
  maxLength: 2,
});

const budgets = fc.record({
  victims: weighted([4, 0], [1, 1]),
  breaker: rarely({ breakerOpenUntil: fc.constantFrom(NOW - 1, NOW + 2) }),
  tenant: rarely({ tokens: few, softTokens: few }),
  sharePercent: fc.constantFrom(50, 100, 130, 200),
  workflow: rarely({ max: few, softMax: few }),
  preempted: few,
});

/** Snapshots with few of everything, so that all of it collides; each agrees with itself. */
export const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    workers: fc.array(worker, { minLength: 1, maxLength: 4, size: 'max' }).map((all) => named(all, 'w')),
    waiting: fc.array(waiting, { minLength: 1, maxLength: 5 }).map((all) => named(all, 'p')),
    claims: fc.oneof(fc.constant([]), claims),
    budgets,
  })
  .map(({ workers, waiting: tasks, claims: claimed, budgets: use }) => {
    const numbered = numberTasks(workers);
    return {
      now: NOW,
      waiting: tasks,
      workers: numbered,
      reservations: reservationsOf({ waiting: tasks, workers: numbered, claims: claimed }),
      pools: poolsOf(numbered, { victims: use.victims, ...use.breaker }),
      tenants: [{ tenant: 'zeta', sharePercent: use.sharePercent, ...use.tenant }],
      workflows: [{ workflow: 'f1', preempted: use.preempted, ...use.workflow }],
    };
  });

const numberTasks = (workers: readonly SnapshotWorker[]): SnapshotWorker[] => {
  let next = 0;
  return workers.map((view) => ({
    ...view,
    running: view.running.map((task) => ({ ...task, id: `t${next++}` })),
  }));
};

export interface Scene {
  readonly snapshot: Snapshot;
  readonly policy: Policy;
}

/** Policies that let nearly everything pass. */
const lenient: fc.Arbitrary<Policy> = policies.map((policy) => {
  const open = policy.classes.map((rules, own) => ({
    ...rules,
    mayPreempt: ([0, 1, 2] as const).filter((victim) => victim < own),
    mode: rules.mode === 'never' ? 'immediate' : rules.mode,
    preemptAfterMs: 0,
    exemptMs: 0,
    maxPreemptions: 9,
    minRunning: Math.min(1, rules.minRunning),
  })) as unknown as Policy['classes'];
  return { ...policy, classes: open, capPercent: 100, floorPercent: 50 };
});

const largeDemands: fc.Arbitrary<Amounts> = fc.record({
  slots: fc.integer({ min: 1, max: 3 }),
  cpuMilli: weighted([1, 0], [2, 2], [2, 3]),
  memoryMb: weighted([3, 0], [1, 2]),
  gpu: weighted([4, 0], [1, 1]),
});

/** Large tasks before workers full of small ones: several victims at once, and some of them not needed in the end. */
const crowded: fc.Arbitrary<Scene> = fc
  .record({
    snapshot: snapshots,
    policy: lenient,
    wanted: fc.array(largeDemands, { minLength: 1, maxLength: 3 }),
    full: fc.array(fc.array(running, { minLength: 3, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
    base: fc.constantFrom<BandRank>(2, 3, 3),
  })
  .map(({ snapshot, policy, wanted, full, base }) => {
    const plain = ({ domain, ...task }: Running): Running => ({
      id: task.id,
      pool: task.pool,
      tenant: task.tenant,
      domain: 'one',
      base: Math.min(task.base, 1) as BandRank,
      phase: 'running',
      usage: task.usage,
      startedAt: task.startedAt,
      preemptCount: task.preemptCount,
      ...(domain === 'zeta' && { workflow: 'f1' }),
    });
    const workers = numberTasks(
      full.map((tasks, index) => aWorker({ id: `w${index}`, running: tasks.map(plain) })),
    );
    const waitingOnes = wanted.map((demand, index) =>
      aWaiting({ id: `p${index}`, domain: 'one', base, order: index, demand, eligible: ['w0', 'w1', 'w2'] }),
    );
    return {
      policy,
      snapshot: { ...snapshot, waiting: waitingOnes, workers, reservations: [], pools: poolsOf(workers) },
    };
  });

/** Both kinds: where everything collides, and where much is taken. */
export const scenes: fc.Arbitrary<Scene> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ snapshot: snapshots, policy: policies }) },
  { weight: 1, arbitrary: crowded },
);
