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
import type { PreemptionOptions, TaskRow } from '@precedent/tasks';
import type { CellView } from '../cell/cell-view.ts';
import { remainingOf } from '../explain/predictions.ts';
import type { WorkerSession } from '../workers/worker-session.ts';
import type { Replan, ReplanHistory } from './replan-history.ts';

/** Heads of one queue class and band that a round looks at; the next round sees those behind them. */
const HEADS_PER_QUEUE = 4;

/** What the preemption keeps between its rounds. */
export interface PreemptionState {
  readonly reservations: readonly Reservation[];
  readonly replans: ReplanHistory;
  readonly victimsOf: (pool: string) => number;
  readonly breakerUntil: (pool: string) => EpochMs;
}

/** The cell as the preemption rule reads it, with the hypothetical tasks `more`. */
export const schedulingSnapshot = (
  cell: CellView,
  kept: PreemptionState,
  more: readonly Waiting[] = [],
): Snapshot => {
  const now = cell.clock.now();
  const workers = [...cell.fleet.all()]
    .filter(({ state }) => state === 'ready')
    .map((session) => viewOf(cell, session, now));
  return {
    now,
    waiting: [...headsOf(cell, kept.replans), ...more],
    workers,
    reservations: kept.reservations,
    pools: poolsOf(workers, kept),
    tenants: [],
    workflows: [],
  };
};

const headsOf = (cell: CellView, replans: ReplanHistory): Waiting[] => {
  const heads: Waiting[] = [];
  for (const queueClass of cell.queueClasses.busy()) {
    for (const [rank, band] of BANDS.entries()) {
      const eligible = takersOf(cell, queueClass, rank as BandRank);
      if (eligible.length === 0) continue;
      for (const row of queueClass.queue(band).waiting(HEADS_PER_QUEUE))
        heads.push(waitingOf(row, queueClass, eligible, replans.of(row.id)));
    }
  }
  return heads;
};

/** The sessions that accept a task of the queue class and band now: not those that back off, and not those that are too busy for the band. */
const takersOf = (cell: CellView, queueClass: QueueClass<TaskRow>, rank: BandRank): string[] => {
  return cell.fleet
    .eligible(queueClass)
    .filter((session) => !session.backsOff && session.admission(rank).admits)
    .map(({ session }) => session);
};

const waitingOf = (
  row: TaskRow,
  queueClass: QueueClass<TaskRow>,
  eligible: readonly string[],
  replan?: Replan,
): Waiting => {
  const { class: kind, durable } = row;
  return {
    ...candidateOf(row.id, kind, eligible),
    queue: `${queueClass.key} ${kind.band}`,
    order: row.order,
    submittedAt: row.submittedAt,
    waitingSince: row.submittedAt,
    ...(durable.resuming && durable.preemptions > 0 && { preempted: true }),
    ...replan,
  };
};

/** A waiting task as the rule reads it; for a dry run, one that was not submitted. */
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

const viewOf = (cell: CellView, session: WorkerSession, now: EpochMs): SnapshotWorker => ({
  id: session.session,
  capacity: session.supply,
  running: [...session.leases.keys()].flatMap((id) => runningOf(cell, session, id, now)),
});

/** A lease whose task has moved on still occupies its slot: its code is ending, and it is no candidate. */
export const runningOf = (cell: CellView, session: WorkerSession, id: string, now: EpochMs): Running[] => {
  const row = cell.state.table.get(id);
  if (row === undefined) return [orphanedLease(id, now)];
  const isCurrent = isLeased(row.state) && row.run.session === session.session;
  const { class: kind, durable, run } = row;
  const startedAt = run.startedAt ?? now;
  const checkpoint = durable.checkpoints[0];
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
      preemptCount: durable.preemptions,
      ...(run.preempt && { mode: run.preempt.mode, endsBy: run.preempt.deadline }),
      ...(kind.preemption && { override: overrideOf(kind.preemption) }),
      ...(checkpoint && checkpoint.at >= startedAt && { checkpointedAt: checkpoint.at }),
      ...(atomic && { atomic }),
      ...(session.canSuspend(kind.type) && { suspendable: true }),
      ...(cell.predictions.size > 0 && row.state === 'running' && remainingIn(cell, row, now)),
    },
  ];
};

/** An overdue task has no prediction: it must not be protected for ever because it ought to have ended. */
const remainingIn = (cell: CellView, row: TaskRow, now: EpochMs): Pick<Running, 'remaining'> => {
  const duration = cell.predictions.of(row.id);
  const left = remainingOf(duration, row, now);
  return duration && left ? { remaining: { p50Ms: left.p50, support: duration.support } } : {};
};

const phaseOf = ({ state }: TaskRow): Running['phase'] =>
  state === 'stopping' || state === 'preempting' || state === 'suspended' ? state : 'running';

const orphanedLease = (id: string, now: EpochMs): Running => ({
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

/** The preemption terms of a task that differ from those of its band. */
export const overrideOf = (terms: PreemptionOptions): Override => ({
  ...(terms.mode !== undefined && { mode: terms.mode }),
  ...(terms.checkpointDeadline !== undefined && { checkpointDeadlineMs: terms.checkpointDeadline }),
  ...(terms.exempt !== undefined && { exemptMs: terms.exempt }),
  ...(terms.maxPreemptions !== undefined && { maxPreemptions: terms.maxPreemptions }),
  ...(terms.preemptAfter !== undefined && { preemptAfterMs: terms.preemptAfter }),
});

const poolsOf = (workers: readonly SnapshotWorker[], kept: PreemptionState): PoolUse[] => {
  const pools = new Map<string, { running: [number, number, number, number]; leaving: number }>();
  for (const { running } of workers) {
    for (const { pool, phase, base } of running) {
      // A suspended task neither runs nor is about to leave.
      if (phase === 'suspended') continue;
      const use = pools.get(pool) ?? { running: [0, 0, 0, 0], leaving: 0 };
      if (phase === 'running') use.running[base as BandRank]++;
      else use.leaving++;
      pools.set(pool, use);
    }
  }
  return [...pools].map(([pool, use]) => {
    const until = kept.breakerUntil(pool);
    return { pool, ...use, victims: kept.victimsOf(pool), ...(until > 0 && { breakerOpenUntil: until }) };
  });
};
