import { ChurnMap } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { JournalRecord, LimitTimesTuple } from '@precedent/tasks';

/** What outlives the leases of a key. */
export interface KeyTimes {
  readonly bookedUntil: number;
  readonly closedUntil: EpochMs;
}

const NEVER: KeyTimes = { bookedUntil: 0, closedUntil: 0 };
const RETAINED_MIN = 1_024;

/** The times of keys that the journal rebuilds: until when the starts of their rates are booked, and until when handlers closed them. */
export class LimitTimes {
  readonly #times = new ChurnMap<string, KeyTimes>();
  #pruneAt = RETAINED_MIN;

  of(limit: string, key: string): KeyTimes {
    return this.#times.get(nameOf(limit, key)) ?? NEVER;
  }

  /** A time never goes back, so a record may be folded again. */
  fold(record: Extract<JournalRecord, { readonly kind: 'leased' | 'slowed' }>): void {
    if (record.kind === 'slowed')
      for (const [limit, key] of record.keys) this.#raise(limit, key, { closedUntil: record.until });
    else if (record.booked)
      for (const [limit, key, bookedUntil] of record.booked) this.#raise(limit, key, { bookedUntil });
    if (this.#times.size >= this.#pruneAt) this.#prune(record.at);
  }

  restore([limit, key, bookedUntil, closedUntil]: LimitTimesTuple): void {
    this.#raise(limit, key, { bookedUntil, closedUntil });
  }

  /** Those that are not over. */
  *all(now: EpochMs): Generator<LimitTimesTuple> {
    for (const [name, { bookedUntil, closedUntil }] of this.#times) {
      if (isOver({ bookedUntil, closedUntil }, now)) continue;
      const [limit = '', key = ''] = JSON.parse(name) as string[];
      yield [limit, key, bookedUntil, closedUntil];
    }
  }

  #raise(limit: string, key: string, { bookedUntil = 0, closedUntil = 0 }: Partial<KeyTimes>): void {
    const before = this.of(limit, key);
    this.#times.set(nameOf(limit, key), {
      bookedUntil: Math.max(before.bookedUntil, bookedUntil),
      closedUntil: Math.max(before.closedUntil, closedUntil),
    });
  }

  #prune(now: EpochMs): void {
    for (const [name, times] of this.#times) if (isOver(times, now)) this.#times.delete(name);
    this.#pruneAt = Math.max(RETAINED_MIN, 2 * this.#times.size);
  }
}

const isOver = ({ bookedUntil, closedUntil }: KeyTimes, now: EpochMs): boolean =>
  bookedUntil <= now && closedUntil <= now;

const nameOf = (limit: string, key: string): string => JSON.stringify([limit, key]);
