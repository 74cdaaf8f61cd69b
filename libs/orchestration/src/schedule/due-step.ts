import type { EpochMs } from '@precedent/kernel';
import type { CatchUp } from '@precedent/contract-types';
import type { TickSource } from './tick-source.ts';
import type { Tick } from './ticks.ts';

/** A tick that is later than this was missed: the engine was down, or its clock was set. Before, it is only late. */
export const LATE_MS = 30_000;
/** Between two ticks that are caught up. */
export const CATCH_UP_INTERVAL_MS = 200;
export const CATCH_UP_WITHIN_MS = 24 * 3_600_000;

export interface DueInput {
  readonly ticks: TickSource;
  /** Of the last tick that was handled: no tick at or before it comes again. */
  readonly position: EpochMs;
  readonly now: EpochMs;
  readonly catchUp?: CatchUp | undefined;
  readonly catchUpWithin?: number | undefined;
}

export interface DueStep {
  /** What is due. */
  readonly tick: Tick | undefined;
  /** From now on. */
  readonly position: EpochMs;
  /** It was missed, and is caught up. */
  readonly isLate: boolean;
}

/** The tick that is due now, with what the policy says of those that were missed. */
export const dueStep = (input: DueInput): DueStep => {
  const { ticks, position, now, catchUp = 'latest', catchUpWithin = CATCH_UP_WITHIN_MS } = input;
  const tick = ticks(position);
  if (tick === undefined || tick.at > now) return { tick: undefined, position, isLate: false };
  if (now - tick.at <= LATE_MS) return { tick, position: tick.at, isLate: false };
  const oldest = Math.max(position, now - (catchUp === 'none' ? LATE_MS : catchUpWithin) - 1);
  const found = catchUp === 'latest' ? latestTick(ticks, oldest, now) : ticks(oldest);
  return found === undefined || found.at > now
    ? { tick: undefined, position: oldest, isLate: false }
    : { tick: found, position: found.at, isLate: now - found.at > LATE_MS };
};

/** The last tick behind `oldest` that is not behind `now`. */
const latestTick = (ticks: TickSource, oldest: EpochMs, now: EpochMs): Tick | undefined => {
  for (let back = 1_000; ; back *= 2) {
    const from = Math.max(oldest, now - back);
    const first = ticks(from);
    if (first !== undefined && first.at <= now) return lastFrom(ticks, first, now);
    if (from === oldest) return undefined;
  }
};

const lastFrom = (ticks: TickSource, first: Tick, now: EpochMs): Tick => {
  let last = first;
  for (let next = ticks(last.at); next !== undefined && next.at <= now; next = ticks(next.at)) last = next;
  return last;
};
