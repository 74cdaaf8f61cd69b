import { ChurnMap } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { JournalRecord, LimitTimesTuple } from '@precedent/tasks';

const RETAINED_MIN = 1_024;

/** Until when the starts of the rates of keys are booked: what outlives the leases of a key, and the journal rebuilds. */
export class LimitTimes {
  readonly #bookedUntil = new ChurnMap<string, number>();
  #pruneAt = RETAINED_MIN;

  of(limit: string, key: string): number {
    return this.#bookedUntil.get(nameOf(limit, key)) ?? 0;
  }

  /** A time never goes back, so a record may be folded again. */
  fold({ booked, at }: Extract<JournalRecord, { readonly kind: 'leased' }>): void {
    for (const times of booked ?? []) this.restore(times);
    if (this.#bookedUntil.size >= this.#pruneAt) this.#prune(at);
  }

  restore([limit, key, bookedUntil]: LimitTimesTuple): void {
    this.#bookedUntil.set(nameOf(limit, key), Math.max(this.of(limit, key), bookedUntil));
  }

  /** Those that are not over. */
  *all(now: EpochMs): Generator<LimitTimesTuple> {
    for (const [name, bookedUntil] of this.#bookedUntil) {
      if (bookedUntil <= now) continue;
      const [limit = '', key = ''] = JSON.parse(name) as string[];
      yield [limit, key, bookedUntil];
    }
  }

  #prune(now: EpochMs): void {
    for (const [name, bookedUntil] of this.#bookedUntil)
      if (bookedUntil <= now) this.#bookedUntil.delete(name);
    this.#pruneAt = Math.max(RETAINED_MIN, 2 * this.#bookedUntil.size);
  }
}

const nameOf = (limit: string, key: string): string => JSON.stringify([limit, key]);
