import type { AheadRank, Assignment, LeaseRef } from '@precedent/contract-types';
import type { AttemptHandler } from '../isolation/isolated-pools.ts';
import type { ActiveAttempt } from './attempt.ts';

/** An attempt that waits for a slot, and what it starts with. */
export interface WaitingAttempt {
  readonly job: Assignment;
  readonly attempt: ActiveAttempt;
  readonly handler: AttemptHandler;
  readonly place: AheadRank;
}

/** The attempts that were assigned ahead and have not started, in the order in which they start: the higher rank first, then the earlier order. */
export class AheadQueue {
  #waiting: WaitingAttempt[] = [];

  add(one: WaitingAttempt): void {
    const at = this.#waiting.findLastIndex(({ place }) => !comesBefore(one.place, place));
    this.#waiting.splice(at + 1, 0, one);
  }

  /** Removes and returns the one that starts next. */
  next(): WaitingAttempt | undefined {
    return this.#waiting.shift();
  }

  /** Whether the attempt waited here; it does not any more. */
  remove(attempt: ActiveAttempt): boolean {
    const at = this.#waiting.findIndex((one) => one.attempt === attempt);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  attempts(): ActiveAttempt[] {
    return this.#waiting.map(({ attempt }) => attempt);
  }

  names(): LeaseRef[] {
    return this.#waiting.map(({ attempt: { id, epoch } }) => [id, epoch]);
  }
}

const comesBefore = ([rank, order]: AheadRank, [otherRank, otherOrder]: AheadRank): boolean =>
  rank > otherRank || (rank === otherRank && order < otherOrder);
