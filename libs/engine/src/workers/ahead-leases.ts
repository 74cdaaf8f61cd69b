import type { LeaseRef } from '@precedent/contract-types';
import type { BandRank } from '@precedent/kernel';
import { runOrder } from '@precedent/scheduling';
import type { Amounts, Place } from '@precedent/scheduling';

/** A lease that waits at its worker, unstarted, for a slot. */
export interface AheadLease extends Place {
  readonly epoch: number;
  /** What it takes when it starts. */
  readonly usage: Amounts;
}

/** The leases of one session that were assigned ahead and have not started. */
export class AheadLeases {
  readonly #leases = new Map<string, AheadLease>();
  /** Those that the worker has been requested to return. */
  readonly #recalled = new Set<string>();
  /** How many that are not recalled wait, by rank. */
  readonly #byRank: [number, number, number, number] = [0, 0, 0, 0];

  get size(): number {
    return this.#leases.size;
  }

  /** How many are not recalled. */
  get waiting(): number {
    return this.#leases.size - this.#recalled.size;
  }

  get(id: string): AheadLease | undefined {
    return this.#leases.get(id);
  }

  has(id: string): boolean {
    return this.#leases.has(id);
  }

  names(): LeaseRef[] {
    return [...this.#leases].map(([id, { epoch }]) => [id, epoch]);
  }

  add(id: string, lease: AheadLease): void {
    this.delete(id);
    this.#leases.set(id, lease);
    this.#byRank[lease.rank]++;
  }

  /** It has started, or its lease has ended. */
  delete(id: string): AheadLease | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined) return undefined;
    this.#leases.delete(id);
    if (!this.#recalled.delete(id)) this.#byRank[lease.rank]--;
    return lease;
  }

  /** How many of a lower rank wait and are not recalled. */
  below(rank: BandRank): number {
    let sum = 0;
    for (let lower = 0; lower < rank; lower++) sum += this.#byRank[lower as BandRank];
    return sum;
  }

  /** Marks all but the first `max` as recalled, in the order in which the worker starts them. Returns those that were not before. */
  recallBeyond(max: number): LeaseRef[] {
    if (this.waiting <= max) return [];
    const waiting = [...this.#leases].filter(([id]) => !this.#recalled.has(id));
    const surplus = waiting.sort(([, a], [, b]) => runOrder(a, b)).slice(max);
    for (const [id, { rank }] of surplus) {
      this.#recalled.add(id);
      this.#byRank[rank]--;
    }
    return surplus.map(([id, { epoch }]) => [id, epoch]);
  }

  /** Marks a lease as recalled. Returns whether it waits here, and was not recalled before. */
  recall(id: string): boolean {
    const lease = this.#leases.get(id);
    if (lease === undefined || this.#recalled.has(id)) return false;
    this.#recalled.add(id);
    this.#byRank[lease.rank]--;
    return true;
  }

  /** Those of the listed leases that the worker has not returned yet, and has not reported as started. */
  notReturned(listed: readonly LeaseRef[]): LeaseRef[] {
    if (this.#recalled.size === 0) return [];
    return listed.filter(([id, epoch]) => this.#recalled.has(id) && this.#leases.get(id)?.epoch === epoch);
  }
}
