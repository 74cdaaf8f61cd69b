import type { AuditedRequest } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';

/** Refusals of one credential and operation that are listed in a minute; more are counted. */
export const LISTED_REFUSALS = 10;
export const REFUSAL_WINDOW_MS = 60_000;

/** Credentials with operations that have a count of their own; all others share one. */
const COUNTERS_MAX = 10_000;

interface Counter {
  readonly begunAt: EpochMs;
  listed: number;
  /** The first refusal that was counted. */
  first?: AuditedRequest;
  count: number;
}

/** Decides which refusals are listed one by one, so that a flood of them does not fill the trail. */
export class RefusalCounts {
  readonly #counters = new Map<string, Counter>();

  /** Whether the refusal is to be listed. Otherwise it is counted. */
  isListed(refusal: AuditedRequest): boolean {
    const counter = this.#counterOf(refusal);
    if (counter.listed < LISTED_REFUSALS) {
      counter.listed++;
      return true;
    }
    counted(counter, refusal);
    return false;
  }

  /** Counts a refusal that could not be listed. */
  count(refusal: AuditedRequest): void {
    counted(this.#counterOf(refusal), refusal);
  }

  /** Ends the minutes that are over, all of them for `Infinity`, and returns one entry for each that counted something. */
  end(now: EpochMs): AuditedRequest[] {
    const entries: AuditedRequest[] = [];
    for (const [key, { begunAt, first, count }] of this.#counters) {
      if (now < begunAt + REFUSAL_WINDOW_MS) continue;
      this.#counters.delete(key);
      if (first !== undefined) entries.push({ ...first, count });
    }
    return entries;
  }

  /** When the next minute ends; `undefined` without one. */
  nextEnd(): EpochMs | undefined {
    const [first] = this.#counters.values();
    return first && first.begunAt + REFUSAL_WINDOW_MS;
  }

  #counterOf({ credential, operation, at }: AuditedRequest): Counter {
    const own = `${operation} ${credential}`;
    const key = this.#counters.has(own) || this.#counters.size < COUNTERS_MAX ? own : OTHERS;
    const counter = this.#counters.get(key) ?? { begunAt: at, listed: 0, count: 0 };
    this.#counters.set(key, counter);
    return counter;
  }
}

const OTHERS = '';

/** A count that could not be written before is added as a whole. */
const counted = (counter: Counter, refusal: AuditedRequest): void => {
  counter.count += refusal.count ?? 1;
  counter.first ??= refusal;
};
