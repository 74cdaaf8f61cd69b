import { BANDS, rankOf } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { demandOf } from '@precedent/scheduling';
import type {
  QueueClass,
  Override,
  PoolUse,
  Reservation,
  Running,
  Snapshot,
  Waiting,
  SnapshotWorker,
} from '@precedent/scheduling';
import { isLeased } from '@precedent/tasks';
import type { PreemptionTerms, TaskRow } from '@precedent/tasks';
import type { CellCore } from '../cell-core.ts';
import type { WorkerSession } from '../fleet.ts';
import { remainingOf } from '../predictions.ts';

/** Heads of one lane and band that a round looks at; the next round sees those behind them. */
const HEADS_PER_QUEUE = 4;

/** What a preemptor has learned in earlier rounds. */
export interface Lesson {
  readonly spared: readonly string[];
  readonly replans: number;
}

export interface PictureExtras {
  readonly reservations: readonly Reservation[];
  readonly lessons: ReadonlyMap<string, Lesson>;
  readonly victimsOf: (pool: string) => number;
  readonly breakerUntil: (pool: string) => EpochMs;
}

/** The cell as the rule of preemption sees it. */
export const pictureOf = (core: CellCore, extras: PictureExtras, more: readonly Waiting[] = []): Snapshot => {
  const workers = [...core.fleet.all()]
    .filter(({ state }) => state === 'ready')
    .map((session) => viewOf(core, session));
  return {
    now: core.now,
    waiting: [...headsOf(core, extras.lessons), ...more],
    workers,
    reservations: extras.reservations,
    pools: poolsOf(workers, extras),
    tenants: [],
    workflows: [],
  };
};

const headsOf = (core: CellCore, lessons: ReadonlyMap<string, Lesson>): Waiting[] => {
  const heads: Waiting[] = [];
  for (const lane of core.lanes.busy()) {
    for (const [rank, band] of BANDS.entries()) {
      const eligible = takersOf(core, lane, rank as BandRank);
      if (eligible.length === 0) continue;
      for (const row of lane.queue(band).waiting(HEADS_PER_QUEUE))
        heads.push(waitingOf(row, lane, eligible, lessons.get(row.id)));
    }
  }
  return heads;
};

/** The sessions that would take a task of the lane and band now: who gave one back, or is too busy for the band, does not. */
const takersOf = (core: CellCore, lane: QueueClass<TaskRow>, rank: BandRank): string[] => {
  return core.fleet
    .eligible(lane)
    .filter((session) => !session.declines && session.admission(rank).admits)
    .map(({ session }) => session);
};

const waitingOf = (
  row: TaskRow,
  lane: QueueClass<TaskRow>,
  eligible: readonly string[],
  lesson?: Lesson,
): Waiting => {
  const { class: kind, kept } = row;
  return {
    ...candidateOf(row.id, kind, eligible),
    queue: `${lane.key} ${kind.band}`,
    order: row.order,
    submittedAt: row.submittedAt,
    waitingSince: row.submittedAt,
    ...(kept.resuming && kept.preemptions > 0 && { preempted: true }),
    ...lesson,
  };
};

/** A task that was not submitted, as the rule would see it. */
export const candidateOf = (
  id: string,
  kind: Pick<TaskRow['class'], 'pool' | 'namespace' | 'band' | 'resources' | 'preemption'>,
  eligible: readonly string[],
): Omit<Waiting, 'queue' | 'order' | 'submittedAt' | 'waitingSince'> => ({
  id,
  pool: kind.pool,
  tenant: kind.namespace,
  domain: kind.namespace,
  base: rankOf(kind.band),
  demand: demandOf(kind.resources),
  eligible,
  ...(kind.preemption && { override: overrideOf(kind.preemption) }),
  ...(kind.preemption?.preempts !== undefined && { preempts: kind.preemption.preempts }),
});

const viewOf = (core: CellCore, session: WorkerSession): SnapshotWorker => ({
  id: session.session,
  capacity: session.supply,
  running: [...session.leases.keys()].flatMap((id) => runningOf(core, session, id)),
});

/** A lease whose task has moved on still occupies its slot: it is on its way out, and nobody can take it. */
export const runningOf = (core: CellCore, session: WorkerSession, id: string): Running[] => {
  const row = core.state.table.get(id);
  if (row === undefined) return [strangerOf(id, core.now)];
  const isCurrent = isLeased(row.state) && row.run.session === session.session;
  const { class: kind, kept, run } = row;
  const startedAt = run.startedAt ?? core.now;
  const checkpoint = kept.checkpoints[0];
  const atomic = session.atomic.get(id);
  return [
    {
      id,
      pool: kind.pool,
      tenant: kind.namespace,
      domain: kind.namespace,
      base: rankOf(kind.band),
      phase: isCurrent ? phaseOf(row) : 'stopping',
      usage: demandOf(kind.resources),
      startedAt,
      preemptCount: kept.preemptions,
      ...(run.preempt && { mode: run.preempt.mode, endsBy: run.preempt.deadline }),
      ...(kind.preemption && { override: overrideOf(kind.preemption) }),
      ...(checkpoint && checkpoint.at >= startedAt && { checkpointedAt: checkpoint.at }),
      ...(atomic && { atomic }),
      ...(session.suspends(kind.type) && { suspendable: true }),
      ...(core.predictions.size > 0 && row.state === 'running' && remainingIn(core, row)),
    },
  ];
};

/** Of an overdue task nothing is said: it must not be protected for ever because it ought to have ended. */
const remainingIn = (core: CellCore, row: TaskRow): Pick<Running, 'remaining'> => {
  const duration = core.predictions.of(row.id);
  const left = remainingOf(duration, row, core.now);
  return duration && left ? { remaining: { p50Ms: left.p50, support: duration.support } } : {};
};

const phaseOf = ({ state }: TaskRow): Running['phase'] =>
  state === 'stopping' || state === 'preempting' || state === 'suspended' ? state : 'running';

const strangerOf = (id: string, now: EpochMs): Running => ({
  id,
  pool: '',
  tenant: '',
  domain: '',
  base: 3,
  phase: 'stopping',
  usage: demandOf({}),
  startedAt: now,
  preemptCount: 0,
});

/** What a task says otherwise than its band. */
export const overrideOf = (terms: PreemptionTerms): Override => ({
  ...(terms.mode !== undefined && { mode: terms.mode }),
  ...(terms.checkpointDeadline !== undefined && { checkpointDeadlineMs: terms.checkpointDeadline }),
  ...(terms.exempt !== undefined && { exemptMs: terms.exempt }),
  ...(terms.maxPreemptions !== undefined && { maxPreemptions: terms.maxPreemptions }),
  ...(terms.preemptAfter !== undefined && { preemptAfterMs: terms.preemptAfter }),
});

const poolsOf = (workers: readonly SnapshotWorker[], extras: PictureExtras): PoolUse[] => {
  const pools = new Map<string, { running: [number, number, number, number]; leaving: number }>();
  for (const { running } of workers) {
    for (const { pool, phase, base } of running) {
      // What is frozen neither runs nor is about to leave.
      if (phase === 'suspended') continue;
      const use = pools.get(pool) ?? { running: [0, 0, 0, 0], leaving: 0 };
      if (phase === 'running') use.running[base as BandRank]++;
      else use.leaving++;
      pools.set(pool, use);
    }
  }
  return [...pools].map(([pool, use]) => {
    const until = extras.breakerUntil(pool);
    return { pool, ...use, victims: extras.victimsOf(pool), ...(until > 0 && { breakerOpenUntil: until }) };
  });
};
