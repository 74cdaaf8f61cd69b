import { rankOf } from '@precedent/kernel';
import type { Band, BandRank } from '@precedent/kernel';

/** What the load of its machine lets a worker take on. */
export interface LoadLimits {
  /** Tasks that should run at once, 1 or more. */
  readonly recommended: number;
  /** Bands of which nothing new should start. */
  readonly throttled: readonly Band[];
}

/** What runs on a worker, with what is promised to it. */
export interface Occupancy {
  /** Slots that are taken or reserved. */
  readonly busy: number;
  /** The highest band that runs; `undefined` when nothing does. */
  readonly highest: BandRank | undefined;
}

/** `band`: the machine is too busy for the band. `slots`: as many tasks run as it recommends. */
export type Admission =
  | { readonly admits: true }
  | { readonly admits: false; readonly reason: 'band' | 'slots' };

/** From here on a band is urgent: load never holds it back. */
export const URGENT: BandRank = 2;
const YES: Admission = { admits: true };

/**
 * Whether a worker may take a task of a band, given the load of its machine and what runs there; the one place that says so. A band above
 * everything that runs is never held back, so that no idle task of a lower band keeps work away, and neither is an urgent band. Where a band is
 * held back, every lower one is.
 */
export const loadAdmission = (
  band: BandRank,
  limits: LoadLimits | undefined,
  { busy, highest }: Occupancy,
): Admission => {
  if (limits === undefined || band >= URGENT || highest === undefined || band > highest) return YES;
  if (limits.throttled.some((throttled) => rankOf(throttled) >= band))
    return { admits: false, reason: 'band' };
  return busy >= Math.max(1, limits.recommended) ? { admits: false, reason: 'slots' } : YES;
};
