import type { EpochMs } from '@precedent/kernel';

/** A mean in which the latest values count most. */
export class RecentMean {
  readonly #weight: number;
  #mean = 0;
  #count = 0;

  /** `weight`: of the latest value, 0 to 1. */
  constructor(weight: number) {
    this.#weight = weight;
  }

  get value(): number {
    return this.#mean;
  }

  get count(): number {
    return this.#count;
  }

  add(value: number): void {
    this.#count++;
    // The first values count alike, so that the very first one does not count for long.
    this.#mean += (value - this.#mean) * Math.max(this.#weight, 1 / this.#count);
  }
}

const WEIGHT = 1 / 16;
/** Ends after which the mean is believed. */
const ENDS_MIN = 4;

/** How fast the slots of a session change their tasks. */
export class SessionTurnover {
  readonly #runMs = new RecentMean(WEIGHT);
  /** When the last task ended there. */
  lastEndAt: EpochMs = 0;

  /** Mean run time of the tasks that ended there last, in milliseconds; `undefined` while too few have ended. */
  get runMs(): number | undefined {
    return this.#runMs.count < ENDS_MIN ? undefined : this.#runMs.value;
  }

  /** A task that began at `since` has ended. */
  ended(since: EpochMs, at: EpochMs): void {
    this.lastEndAt = at;
    if (since <= at) this.#runMs.add(at - since);
  }
}
