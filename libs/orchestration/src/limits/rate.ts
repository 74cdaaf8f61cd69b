import type { LimitRate } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';

/** Starts that the scheduler may be late for come at once: so many milliseconds of them. */
const DEFAULT_BURST_MS = 10;

/** What sums of fractions may be off. Milliseconds. */
const EPSILON_MS = 1e-3;

/** Milliseconds between two starts. */
const intervalOf = ({ limit, per }: LimitRate): number => per / limit;

export const burstOf = (rate: LimitRate): number =>
  rate.burst ?? Math.max(1, Math.floor(DEFAULT_BURST_MS / intervalOf(rate)));

/** How far the booked time may be ahead of a start. */
const toleranceOf = (rate: LimitRate): number => (burstOf(rate) - 1) * intervalOf(rate);

/**
 * The generic cell rate algorithm: a key remembers until when its starts are booked. From when the next start is allowed; within any
 * `per` there are at most `limit` starts and those of one burst, less one.
 */
export const opensAt = (rate: LimitRate, bookedUntil: number): EpochMs =>
  Math.ceil(bookedUntil - toleranceOf(rate) - EPSILON_MS);

/** Until when the starts of a key are booked after one more. */
export const bookedAfter = (rate: LimitRate, bookedUntil: number, now: EpochMs): number =>
  Math.max(bookedUntil, now) + intervalOf(rate);

/** How many tasks may start now. */
export const startsNow = (rate: LimitRate, bookedUntil: number, now: EpochMs): number => {
  const room = now + toleranceOf(rate) + EPSILON_MS - Math.max(bookedUntil, now);
  return room < 0 ? 0 : Math.floor(room / intervalOf(rate)) + 1;
};
