import type { BandRank } from '@precedent/kernel';

/** Milliseconds of waiting after which a task of the band is ordered as one of the next; 0: never. By rank, low first. */
export type AgingMs = readonly [low: number, normal: number, high: number, critical: number];

/** Aging never lifts a task above this: critical is only what was submitted as critical. */
const CEILING: BandRank = 2;

/**
 * The rank by which a task is ordered after waiting `waitedMs`. It changes the order only: an aged task gains no right to
 * preempt, or old low work would evict fresh normal work.
 */
export const agedRank = (base: BandRank, waitedMs: number, aging: AgingMs): BandRank => {
  let rank = base;
  let left = waitedMs;
  while (rank < CEILING && aging[rank] > 0 && left >= aging[rank]) {
    left -= aging[rank];
    rank = (rank + 1) as BandRank;
  }
  return rank;
};
