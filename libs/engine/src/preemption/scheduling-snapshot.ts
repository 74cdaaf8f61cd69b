import { BANDS, rankOf } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { NO_AMOUNTS, demandOf, freedByFreezing, frozen, plus, total } from '@precedent/scheduling';
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
import { LimitClaims } from '../limits/limit-claims.ts';
import type { Replan, ReplanHistory } from './replan-history.ts';

/** Waiting tasks of one queue class and band in a snapshot, at most; the next round sees those behind them. */
const HEADS_PER_QUEUE = 4;

/** What preemption remembers between its rounds. */
export interface PreemptionState {
  readonly reservations: readonly Reservation[];
  readonly replans: ReplanHistory;
  /** A task may run in an express slot this long before another one is preempted for it. Milliseconds. */
  readonly excessMs: number;
  readonly victimsOf: (pool: string) => number;
  readonly breakerUntil: (pool: string) => EpochMs;
}

/** The input of a preemption decision: the cell at this moment. `hypothetical`: waiting tasks of a dry run. */
export const schedulingSnapshot = (
  cell: CellView,
  state: PreemptionState,
  hypothetical: readonly Waiting[] = [],
): Snapshot => {
  const now = cell.clock.now();
  const workers = [...cell.fleet.all()]
    .filter((session) => session.state === 'ready')
    .map((session) => snapshotWorkerOf(cell, session, now));
  return {
    now,
    waiting: [...overdueExpressOf(cell, state, now), ...headsOf(cell, state), ...hypothetical],
    workers,
    reservations: state.reservations,
    pools: poolsOf(workers, state),
    tenants: [],
    workflows: [],
  };
};

const headsOf = (cell: CellView, { replans, reservations }: PreemptionState): Waiting[] => {
  const heads: Waiting[] = [];
  const claims = new LimitClaims(cell.clock.now());
  for (const { task } of reservations) {
    const row = cell.state.table.get(task);
    if (row) claims.admits(row);
  }
  for (const queueClass of cell.queueClasses.nonEmpty())
    for (const { row, eligible } of firstOf(cell, queueClass))
      if (claims.admits(row)) heads.push(waitingOf(row, queueClass, eligible, replans.of(row.id)));
  return heads;
};

/** The first tasks of each band, with the sessions that accept them. */
function* firstOf(cell: CellView, queueClass: QueueClass<TaskRow>) {
  for (const [rank, band] of BANDS.entries()) {
    const eligible = acceptingSessions(cell, queueClass, rank as BandRank);
    if (eligible.length === 0) continue;
    for (const row of queueClass.queue(band).waiting(HEADS_PER_QUEUE)) yield { row, eligible };
  }
}

/** The tasks that have run in an express slot for too long: each still waits for a slot of its worker. */
const overdueExpressOf = (
  cell: CellView,
  { replans, excessMs }: PreemptionState,
  now: EpochMs,
): Waiting[] => {
  const overdue: Waiting[] = [];
  for (const { session, id, lease } of cell.fleet.exceededUntil(now - excessMs)) {
    const row = cell.state.table.get(id);
    if (row?.state !== 'running') continue;
    const { since, usage } = lease;
    overdue.push(
      inExpressOf(row, session, { demand: freedByFreezing(usage), replan: replans.of(id), since }),
    );
  }
  return overdue;
};

const inExpressOf = (
  row: TaskRow,
  { session }: WorkerSession,
  { demand, replan, since }: { demand: Waiting['demand']; replan: Replan | undefined; since: EpochMs },
): Waiting => ({
  ...candidateOf(row.id, row.class, [session]),
  queue: `express ${row.id}`,
  order: row.order,
  submittedAt: row.submittedAt,
  waitingSince: since,
  demand,
  runsInExpress: true,
  ...replan,
});

/** The sessions that accept a task of the queue class and band: not those that back off, nor those whose machine is too busy for the band. */
const acceptingSessions = (cell: CellView, queueClass: QueueClass<TaskRow>, rank: BandRank): string[] => {
  return cell.fleet
    .eligible(queueClass)
    .filter((session) => session.takesNew && session.admission(rank).admits)
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

/** The part of a waiting task that a dry run knows as well. */
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

const snapshotWorkerOf = (cell: CellView, session: WorkerSession, now: EpochMs): SnapshotWorker => ({
  id: session.session,
  capacity: session.supply,
  running: [
    ...[...session.leases.keys()]
      .filter((id) => !session.express.has(id) && !session.ahead.has(id))
      .flatMap((id) => runningOf(cell, session, id, now)),
    ...[...session.releasing].map(([name, usage]) => endingLease(name, usage, now)),
  ],
  ...((session.profile.express ?? 0) > 0 && { express: session.freeExpress }),
  ...othersOn(session),
});

/** What leases above the slot count occupy, and the slots that leases assigned ahead are about to take. */
const othersOn = ({ express, claimed }: WorkerSession): Pick<SnapshotWorker, 'others'> => {
  if (express.size === 0 && claimed === 0) return {};
  const above = total([...express.values()], ({ usage }) => frozen(usage));
  return { others: plus(above, { ...NO_AMOUNTS, slots: claimed }) };
};

/** A lease on a session. One whose task has ended, or has another lease, still takes its slot until its code has ended, and cannot be a victim. */
export const runningOf = (cell: CellView, session: WorkerSession, id: string, now: EpochMs): Running[] => {
  const row = cell.state.table.get(id);
  if (row === undefined) return [endingLease(id, demandOf({}), now)];
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

/** An overdue task has no prediction: that it should have ended must not protect it for ever. */
const remainingIn = (cell: CellView, row: TaskRow, now: EpochMs): Pick<Running, 'remaining'> => {
  const duration = cell.predictions.of(row.id);
  const left = remainingOf(duration, row, now);
  return duration && left ? { remaining: { p50Ms: left.p50, support: duration.support } } : {};
};

const phaseOf = ({ state }: TaskRow): Running['phase'] =>
  state === 'stopping' || state === 'preempting' || state === 'suspended' ? state : 'running';

/** What code occupies that belongs to no current lease: it cannot be a victim, and leaves a place when it has ended. */
const endingLease = (name: string, usage: Running['usage'], now: EpochMs): Running => ({
  id: name,
  pool: '',
  tenant: '',
  domain: '',
  base: 3,
  phase: 'stopping',
  usage,
  startedAt: now,
  preemptCount: 0,
});

/** The preemption options of a task, which override those of its band. */
export const overrideOf = (options: PreemptionOptions): Override => ({
  ...(options.mode !== undefined && { mode: options.mode }),
  ...(options.checkpointDeadline !== undefined && { checkpointDeadlineMs: options.checkpointDeadline }),
  ...(options.exempt !== undefined && { exemptMs: options.exempt }),
  ...(options.maxPreemptions !== undefined && { maxPreemptions: options.maxPreemptions }),
  ...(options.preemptAfter !== undefined && { preemptAfterMs: options.preemptAfter }),
});

const poolsOf = (workers: readonly SnapshotWorker[], state: PreemptionState): PoolUse[] => {
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
    const until = state.breakerUntil(pool);
    return { pool, ...use, victims: state.victimsOf(pool), ...(until > 0 && { breakerOpenUntil: until }) };
  });
};
