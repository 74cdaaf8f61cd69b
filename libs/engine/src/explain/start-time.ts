import type { StartEstimate, WithinMs } from '@precedent/contract-types';
import { BANDS, rankOf } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import { startEstimate } from '@precedent/scheduling';
import type { QueueClass, Spread } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { CellView } from '../cell/cell-view.ts';
import type { WorkerSession } from '../workers/worker-session.ts';
import { remainingOf } from './predictions.ts';

/** Waiting tasks before the one in question, at most; with more, an estimate by throughput is as good. */
const AHEAD_MAX = 1_000;

/** How long a task takes, and from how many runs that is predicted; without `support` for a task that is ordered to end. */
interface KnownSpread {
  readonly spread: Spread;
  readonly support?: number;
}

/** When a waiting task starts, by the predictions of all tasks before it; `undefined` when one of them has none. */
export const predictedStart = (cell: CellView, row: TaskRow): StartEstimate | undefined => {
  const queueClass = cell.queueClasses.of(row.class);
  // A task that needs more than one slot does not fit every free slot.
  if (cell.predictions.size === 0 || queueClass.isLarge) return undefined;
  const sessions = cell.fleet.eligible(queueClass);
  const running = allKnown(sessions.flatMap((session) => spreadsOn(cell, session)));
  const ahead =
    running && allKnown(aheadOf(cell, row, sessions).map(({ id }) => spreadPredictedFor(cell, id)));
  if (running === undefined || ahead === undefined || ahead.length > AHEAD_MAX) return undefined;
  const free = sessions.reduce((sum, session) => sum + session.free, 0);
  const start = startEstimate({ free, running: running.map(spreadOf), ahead: ahead.map(spreadOf) });
  const supports = [...running, ...ahead].flatMap(({ support }) => support ?? []);
  return (
    start && {
      ...withinOf(start),
      basis: 'predictions',
      ...(supports.length > 0 && { support: Math.min(...supports) }),
    }
  );
};

export const withinOf = ({ p10, p50, p90 }: Spread): WithinMs => ({
  earliest: p10,
  likely: p50,
  latest: p90,
});

const spreadOf = ({ spread }: KnownSpread): Spread => spread;

const allKnown = (found: readonly (KnownSpread | undefined)[]): readonly KnownSpread[] | undefined => {
  const known = found.filter((one) => one !== undefined);
  return known.length === found.length ? known : undefined;
};

const spreadPredictedFor = ({ predictions }: CellView, id: string): KnownSpread | undefined => {
  const duration = predictions.of(id);
  return duration && { spread: duration, support: duration.support };
};

/** When the slots of a session become free. An overdue task is left out: nothing says when its slot becomes free. */
const spreadsOn = (cell: CellView, session: WorkerSession): (KnownSpread | undefined)[] =>
  [...session.leases.keys()].flatMap((id) => {
    const row = cell.state.table.get(id);
    const duration = cell.predictions.of(id);
    if (session.suspended.has(id) || session.ahead.has(id)) return [];
    if (row !== undefined && row.state !== 'running') return [leavingWithin(leavesInMs(cell, row))];
    if (row === undefined || duration === undefined) return [undefined];
    const spread = remainingOf(duration, row, cell.clock.now());
    return spread ? [{ spread, support: duration.support }] : [];
  });

const leavingWithin = (ms: number): KnownSpread => ({ spread: { p10: 0, p50: ms, p90: ms } });

const leavesInMs = ({ clock }: CellView, { run, class: { timeouts } }: TaskRow): number =>
  run.preempt === undefined ? timeouts.grace : Math.max(0, run.preempt.deadline - clock.now());

/** The waiting tasks that start before this one on workers that fit both, in their order, without aging; at most one more than the limit. */
const aheadOf = (cell: CellView, row: TaskRow, sessions: readonly WorkerSession[]): TaskRow[] => {
  const own = new Set(sessions);
  const ahead: TaskRow[] = [];
  for (const queueClass of cell.queueClasses.nonEmpty())
    if (cell.fleet.eligible(queueClass).some((session) => own.has(session)))
      ahead.push(...beforeIn(queueClass, row));
  return ahead
    .sort((a, b) => rankOf(b.class.band) - rankOf(a.class.band) || a.order - b.order)
    .slice(0, AHEAD_MAX + 1);
};

function* beforeIn(queueClass: QueueClass<TaskRow>, { class: { band }, order }: TaskRow): Generator<TaskRow> {
  const rank = rankOf(band);
  for (let at = BANDS.length - 1; at > rank; at--)
    yield* queueClass.queueAt(at as BandRank).waiting(AHEAD_MAX + 1);
  for (const other of queueClass.queueAt(rank).waiting(AHEAD_MAX + 1)) if (other.order < order) yield other;
}
