import type { LimitSpec } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { bookedAfter, opensAt, startsNow } from './rate.ts';

/** One key of one limit, as it is used now. */
export interface KeyUse {
  readonly spec: Pick<LimitSpec, 'concurrency' | 'rate'>;
  /** Leases that are under it and whose code has not ended. */
  readonly held: number;
  /** Until when the starts of its rate are booked. */
  readonly bookedUntil: number;
}

/** Why no task starts under a key now. `until`: time alone ends it, then. */
export type Closed =
  | { readonly reason: 'concurrency' }
  | { readonly reason: 'rate'; readonly until: EpochMs };

/** `isResumed`: the attempt has begun before, so that its start costs none of the rate. */
export const closedFor = (
  { spec: { concurrency, rate }, held, bookedUntil }: KeyUse,
  now: EpochMs,
  isResumed = false,
): Closed | undefined => {
  if (concurrency !== undefined && held >= concurrency) return { reason: 'concurrency' };
  if (rate === undefined || isResumed) return undefined;
  const until = opensAt(rate, bookedUntil);
  return until > now ? { reason: 'rate', until } : undefined;
};

/** How many tasks may start under a key now. */
export const roomOf = (use: KeyUse, now: EpochMs): number => {
  if (closedFor(use, now) !== undefined) return 0;
  const { concurrency = Number.POSITIVE_INFINITY, rate } = use.spec;
  const rated = rate === undefined ? Number.POSITIVE_INFINITY : startsNow(rate, use.bookedUntil, now);
  return Math.max(0, Math.min(concurrency - use.held, rated));
};

/** The first key that keeps a task from starting. A task takes all of its keys or none: this is asked before any is taken. */
export const firstClosed = <K extends KeyUse>(
  keys: readonly K[],
  now: EpochMs,
  isResumed = false,
): K | undefined => keys.find((use) => closedFor(use, now, isResumed) !== undefined);

/** Until when the starts of a key are booked after this one; `undefined`: the start costs none. */
export const bookedBy = (
  { spec: { rate }, bookedUntil }: KeyUse,
  now: EpochMs,
  isResumed: boolean,
): number | undefined => (rate === undefined || isResumed ? undefined : bookedAfter(rate, bookedUntil, now));
