import type { StartEstimate, WithinMs } from '@precedent/contract-types';
import { BANDS, rankOf } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import { startEstimate } from '@precedent/scheduling';
import type { QueueClass, Spread } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { CellView } from '../cell/cell-view.ts';
import type { WorkerSession } from '../workers/worker-session.ts';
import { remainingOf } from './predictions.ts';

/** Tasks before the subject of the question; with more, the throughput estimates as well. */
const AHEAD_MAX = 1_000;

/** How long a task takes, and on how many runs that rests; none for a task that is ordered to end. */
interface Known {
  readonly spread: Spread;
  readonly support?: number;
}

/** When a waiting task starts, by what is predicted of all that is before it; `undefined` when of anything nothing is. */
export const predictedStart = (cell: CellView, row: TaskRow): StartEstimate | undefined => {
  const queueClass = cell.queueClasses.of(row.class);
  // A task that needs more than a slot does not fit every slot.
  if (cell.predictions.size === 0 || queueClass.isLarge) return undefined;
  const sessions = cell.fleet.eligible(queueClass);
  const running = allKnown(sessions.flatMap((session) => takenOn(cell, session)));
  const ahead = running && allKnown(aheadOf(cell, row, sessions).map(({ id }) => takes(cell, id)));
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

const spreadOf = ({ spread }: Known): Spread => spread;

const allKnown = (found: readonly (Known | undefined)[]): readonly Known[] | undefined => {
  const known = found.filter((one) => one !== undefined);
  return known.length === found.length ? known : undefined;
};

const takes = ({ predictions }: CellView, id: string): Known | undefined => {
  const duration = predictions.of(id);
  return duration && { spread: duration, support: duration.support };
};

/** When the slots of a session that are taken become free. An overdue task is not listed: its slot is not counted on. */
const takenOn = (cell: CellView, session: WorkerSession): (Known | undefined)[] =>
  [...session.leases.keys()].flatMap((id) => {
    const row = cell.state.table.get(id);
    const duration = cell.predictions.of(id);
    if (session.suspended.has(id)) return [];
    if (row !== undefined && row.state !== 'running') return [leavingWithin(leavesInMs(cell, row))];
    if (row === undefined || duration === undefined) return [undefined];
    const spread = remainingOf(duration, row, cell.clock.now());
    return spread ? [{ spread, support: duration.support }] : [];
  });

const leavingWithin = (ms: number): Known => ({ spread: { p10: 0, p50: ms, p90: ms } });

const leavesInMs = ({ clock }: CellView, { run, class: { timeouts } }: TaskRow): number =>
  run.preempt === undefined ? timeouts.grace : Math.max(0, run.preempt.deadline - clock.now());

/** The tasks that start before this one on workers that fit both, in their order; aging is left out. One more than the limit, at most. */
const aheadOf = (cell: CellView, row: TaskRow, sessions: readonly WorkerSession[]): TaskRow[] => {
  const own = new Set(sessions);
  const ahead: TaskRow[] = [];
  for (const queueClass of cell.queueClasses.busy())
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
