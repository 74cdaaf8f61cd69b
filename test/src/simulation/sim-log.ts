import { AppError } from '@precedent/kernel';
import { MemoryStorage } from '@precedent/memory';
import type { Clock } from '@precedent/ports';
import type { AppendLog, LogEntry } from '@precedent/ports';
import type { SeededRandom } from '@precedent/testkit';
import type { Rates } from './plan.ts';

/** The store behind the logs of all engines: it forgets what is purged, the archive does not. */
export class SimStore {
  readonly storage = new MemoryStorage();
  readonly archive: LogEntry[] = [];
  /** Nothing is answered while this is set. */
  isDown = false;
  readonly #onLanded: (entry: LogEntry) => void;

  constructor(onLanded: (entry: LogEntry) => void = () => undefined) {
    this.#onLanded = onLanded;
  }

  land(entry: Parameters<MemoryStorage['land']>[0]): ReturnType<MemoryStorage['land']> {
    const landing = this.storage.land(entry);
    if (landing !== 'landed') return landing;
    const landed = { seq: this.storage.last, at: entry.at, text: entry.text };
    this.archive.push(landed);
    this.#onLanded(landed);
    return landing;
  }
}

export interface SimLogOptions {
  readonly store: SimStore;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly rates: () => Pick<Rates, 'appendLost' | 'answerLost' | 'appendLate' | 'late'>;
  /** Accepts an append by the number of entries alone, whether or not the earlier ones are known to have landed. */
  readonly countsOnly: boolean;
  /** An append takes up to so long to arrive. */
  readonly appendMs: number;
}

const LATE_MS_MAX = 1_500;
const OUTAGE_PAUSE_MS = 50;

/** One engine's connection to a store: appends arrive in the order in which they were made, and each may suffer a fault. */
export class SimLog implements AppendLog {
  readonly maxEntryBytes = 1_048_576;
  readonly #o: SimLogOptions;
  #arrivesAt = 0;
  #before: { readonly token: object; readonly expected: number } | undefined;

  constructor(options: SimLogOptions) {
    this.#o = options;
  }

  async last(): Promise<number> {
    await this.#travel();
    return this.#o.store.storage.last;
  }

  async *read(after: number): AsyncGenerator<LogEntry> {
    await this.#travel();
    const { storage } = this.#o.store;
    yield* storage.entries.filter(({ seq }) => seq > after);
  }

  async purge(upTo: number): Promise<void> {
    await this.#travel();
    this.#o.store.storage.purge(upTo);
  }

  append(text: string, expected: number): Promise<number> {
    const { clock, random, rates, store } = this.#o;
    const token = {};
    const behind =
      this.#before !== undefined && this.#before.expected < expected ? this.#before.token : undefined;
    this.#before = { token, expected };
    const land = () =>
      store.land({ text, expected, at: clock.now(), token, behind: this.#o.countsOnly ? undefined : behind });
    const { appendLost, answerLost, appendLate, late } = rates();
    const delay = random.int(0, this.#o.appendMs) + (random.chance(late / 4) ? random.int(0, 300) : 0);
    this.#arrivesAt = Math.max(this.#arrivesAt, clock.now() + delay);
    return new Promise((resolve, reject) => {
      clock.wakeAt(this.#arrivesAt, () => {
        const answer = (run: () => void): void => void clock.wakeAt(clock.now() + random.int(0, 2), run);
        const unknown = (): void => answer(() => reject(lost()));
        if (random.chance(appendLate / 2)) {
          clock.wakeAt(clock.now() + random.int(1, LATE_MS_MAX), land);
          return unknown();
        }
        if (store.isDown || random.chance(appendLost / 2)) return unknown();
        const landing = land();
        if (landing === 'gap' || random.chance(answerLost / 2)) return unknown();
        answer(() => (landing === 'landed' ? resolve(expected + 1) : reject(fenced(expected, store))));
      });
    });
  }

  /** A request and its answer, which take some milliseconds; refused while the store is down. */
  #travel(): Promise<void> {
    const { clock, random, store } = this.#o;
    return new Promise((resolve, reject) => {
      const pause = store.isDown ? OUTAGE_PAUSE_MS : random.int(0, 2);
      clock.wakeAt(clock.now() + pause, () => (store.isDown ? reject(lost()) : resolve()));
    });
  }
}

const lost = (): AppError => new AppError('JOURNAL_UNAVAILABLE', 'no answer from the store');
const fenced = (expected: number, { storage }: SimStore): AppError =>
  new AppError('JOURNAL_FENCED', `expected last entry ${expected}, it is ${storage.last}`);
