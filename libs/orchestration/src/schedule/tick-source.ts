import { parseTime } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { ScheduleTimes } from '@precedent/contract-types';
import { cronPattern } from './cron-pattern.ts';
import type { CronPattern } from './cron-pattern.ts';
import { isExcepted, withoutExcepted } from './exceptions.ts';
import { nextWall } from './next-wall.ts';
import { tickAfter } from './ticks.ts';
import type { NextWall, Tick, TransitionPolicy } from './ticks.ts';
import type { Zone } from './zone.ts';

/** The ticks of a schedule: the first one behind a moment. */
export type TickSource = (after: EpochMs) => Tick | undefined;

export interface TickContext {
  readonly zone: Zone;
  /** When the schedule got its spec: `after` counts from there. */
  readonly since: EpochMs;
}

/** The ticks that a checked spec names, without those before `from` and behind `until`. */
export const ticksOf = (times: ScheduleTimes, context: TickContext): TickSource => {
  const { from, until } = times;
  const source = sourceOf(times, context);
  return (after) => {
    const tick = source(from === undefined ? after : Math.max(after, from - 1));
    return tick === undefined || (until !== undefined && tick.at > until) ? undefined : tick;
  };
};

const sourceOf = (times: ScheduleTimes, context: TickContext): TickSource => {
  const { cron, at, every, after = 0 } = times;
  if (cron !== undefined) {
    const pattern = cronPattern(cron);
    return onWall(times, transitionPolicyOf(times, pattern), context, (wall) => nextWall(pattern, wall));
  }
  if (at !== undefined) return atTime(times, at, context);
  if (every !== undefined) return atIntervals(times, every, context);
  return once(context.since + after);
};

const onWall = (
  { except = [] }: ScheduleTimes,
  policy: TransitionPolicy,
  { zone }: TickContext,
  next: NextWall,
): TickSource => {
  const wanted = withoutExcepted(next, except);
  return (after) => tickAfter(wanted, { zone, policy }, after);
};

/** A text with a zone of its own is an instant, any other a time on the wall. */
const atTime = (times: ScheduleTimes, at: string, context: TickContext): TickSource => {
  const time = parseTime(at) ?? 0;
  if (hasZone(at)) return once(time);
  return onWall(times, transitionPolicyOf(times), context, (wall) => (wall < time ? time : undefined));
};

export const hasZone = (text: string): boolean => /(?:Z|[+-]\d{2}:?\d{2})$/iu.test(text.slice(10));

const once =
  (at: EpochMs): TickSource =>
  (after) =>
    after < at ? { at, wall: at } : undefined;

/** Intervals count from `from`, or from the beginning of 1970, so that they do not move when the schedule gets another spec. */
const atIntervals = (
  { from = 0, except = [] }: ScheduleTimes,
  every: number,
  { zone }: TickContext,
): TickSource => {
  return (after) => {
    let at = from + (Math.floor((after - from) / every) + 1) * every;
    while (isExcepted(at + zone.offsetAt(at), except)) at += every;
    return { at, wall: at };
  };
};

/** As in cron: a time of the day comes once a day, an interval follows the hours that pass. */
export const transitionPolicyOf = (
  { gap, overlap }: Pick<ScheduleTimes, 'gap' | 'overlap'>,
  { isFixed }: Pick<CronPattern, 'isFixed'> = { isFixed: true },
): TransitionPolicy => ({
  gap: gap ?? (isFixed ? 'next' : 'skip'),
  overlap: overlap ?? (isFixed ? 'first' : 'both'),
});
