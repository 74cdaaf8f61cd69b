import type { AheadRank, LeaseRef } from '@precedent/contract-types';

/** A lease that waits for a slot. */
interface Waiting {
  readonly id: string;
  readonly epoch: number;
  readonly place: AheadRank;
}

/** What a simulated worker was assigned ahead and has not started. */
export class SimAhead {
  #waiting: Waiting[] = [];

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#waiting.sort(
      ({ place: [rankA, orderA] }, { place: [rankB, orderB] }) => rankB - rankA || orderA - orderB,
    );
  }

  next(): LeaseRef | undefined {
    const next = this.#waiting.shift();
    return next && [next.id, next.epoch];
  }

  /** Removes a lease, or all of a task. Returns whether there was one. */
  remove(id: string, epoch?: number): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter(
      (waiting) => waiting.id !== id || (epoch !== undefined && waiting.epoch !== epoch),
    );
    return this.#waiting.length < before;
  }

  clear(): void {
    this.#waiting = [];
  }

  names(): LeaseRef[] {
    return this.#waiting.map(({ id, epoch }) => [id, epoch]);
  }
}
