import type { StartEstimate, WithinMs } from '@precedent/contract-types';
import { BANDS, rankOf } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import { startEstimate } from '@precedent/scheduling';
import type { QueueClass, Spread } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { CellCore } from './cell-core.ts';
import type { WorkerSession } from './fleet.ts';
import { remainingOf } from './predictions.ts';

/** Tasks before the one that is asked about; of more, the pace says as much. */
const AHEAD_MAX = 1_000;

/** How long something takes, and on how many runs that rests; who is on the way out is not predicted, but told to go. */
interface Known {
  readonly spread: Spread;
  readonly support?: number;
}

/** When a waiting task starts, by what is predicted of all that is before it; `undefined` when of anything nothing is. */
export const startsInByPredictions = (core: CellCore, row: TaskRow): StartEstimate | undefined => {
  const lane = core.lanes.of(row.class);
  // What asks for more than a slot does not fit every slot.
  if (core.predictions.size === 0 || lane.isLarge) return undefined;
  const sessions = core.fleet.eligible(lane);
  const running = allKnown(sessions.flatMap((session) => takenOn(core, session)));
  const ahead = running && allKnown(aheadOf(core, row, sessions).map(({ id }) => takes(core, id)));
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

const takes = ({ predictions }: CellCore, id: string): Known | undefined => {
  const duration = predictions.of(id);
  return duration && { spread: duration, support: duration.support };
};

/** When the slots of a session that are taken become free. What is overdue is not listed: nobody counts on its slot. */
const takenOn = (core: CellCore, session: WorkerSession): (Known | undefined)[] =>
  [...session.leases.keys()].flatMap((id) => {
    const row = core.state.table.get(id);
    const duration = core.predictions.of(id);
    if (session.frozen.has(id)) return [];
    if (row !== undefined && row.state !== 'running') return [leavingWithin(leavesInMs(core, row))];
    if (row === undefined || duration === undefined) return [undefined];
    const spread = remainingOf(duration, row, core.now);
    return spread ? [{ spread, support: duration.support }] : [];
  });

const leavingWithin = (ms: number): Known => ({ spread: { p10: 0, p50: ms, p90: ms } });

const leavesInMs = ({ now }: CellCore, { run, class: { timeouts } }: TaskRow): number =>
  run.preempt === undefined ? timeouts.grace : Math.max(0, run.preempt.deadline - now);

/** The tasks that start before this one on workers that fit both, in their order; aging is left out. One more than the limit, at most. */
const aheadOf = (core: CellCore, row: TaskRow, sessions: readonly WorkerSession[]): TaskRow[] => {
  const own = new Set(sessions);
  const ahead: TaskRow[] = [];
  for (const lane of core.lanes.busy())
    if (core.fleet.eligible(lane).some((session) => own.has(session))) ahead.push(...beforeIn(lane, row));
  return ahead
    .sort((a, b) => rankOf(b.class.band) - rankOf(a.class.band) || a.order - b.order)
    .slice(0, AHEAD_MAX + 1);
};

function* beforeIn(lane: QueueClass<TaskRow>, { class: { band }, order }: TaskRow): Generator<TaskRow> {
  const rank = rankOf(band);
  for (let at = BANDS.length - 1; at > rank; at--) yield* lane.queueAt(at as BandRank).waiting(AHEAD_MAX + 1);
  for (const other of lane.queueAt(rank).waiting(AHEAD_MAX + 1)) if (other.order < order) yield other;
}
