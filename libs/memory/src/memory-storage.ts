import type { EpochMs } from '@precedent/kernel';
import type { LogEntry } from '@precedent/ports';

/** The outcome of one append. */
export type Landing = 'landed' | 'fenced' | 'gap';

interface Append {
  readonly text: string;
  readonly expected: number;
  readonly at: EpochMs;
  readonly token: object;
  readonly behind: object | undefined;
}

/** The storage of one or more memory logs: the disk of a simulated server. */
export class MemoryStorage {
  readonly #entries: LogEntry[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #readers = new Map<string, number>();
  #last = 0;
  #lastToken: object | undefined;

  get last(): number {
    return this.#last;
  }
  /** The entries that are not purged, in order. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /**
   * Takes the entry if it comes next. `token` names the append; when `behind` is given, that one must be the last that landed: a
   * writer with several appends under way must not have a later one slip in after the first was refused.
   */
  land(entry: Append): Landing {
    if (entry.expected < this.#last) return 'fenced';
    if (entry.expected > this.#last) return 'gap';
    if (entry.behind !== undefined && entry.behind !== this.#lastToken) return 'fenced';
    this.#last++;
    this.#lastToken = entry.token;
    this.#entries.push({ seq: this.#last, at: entry.at, text: entry.text });
    for (const listener of this.#listeners) listener();
    return 'landed';
  }

  /** Stores a message that another client publishes into the log's subject: a void entry, whatever sequence the log expects. */
  appendForeign(text: string, at: EpochMs): void {
    this.#last++;
    this.#lastToken = undefined;
    this.#entries.push({ seq: this.#last, at, text, isVoid: true });
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each entry. The returned function unsubscribes. */
  onLanded(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Purges nothing after this position until the reader has passed it. */
  protect(reader: string, passed: number): void {
    this.#readers.set(reader, passed);
  }

  erase(seq: number): void {
    const index = this.#entries.findIndex((entry) => entry.seq === seq);
    if (index >= 0) this.#entries.splice(index, 1);
  }

  /** Replaces the text of an entry, as a failing disk may. */
  damage(seq: number, text: string): void {
    const index = this.#entries.findIndex((entry) => entry.seq === seq);
    const entry = this.#entries[index];
    if (entry) this.#entries[index] = { ...entry, text };
  }

  purge(wanted: number): void {
    const upTo = Math.min(wanted, ...this.#readers.values());
    const firstLeft = this.#entries.findIndex(({ seq }) => seq > upTo);
    this.#entries.splice(0, firstLeft < 0 ? this.#entries.length : firstLeft);
  }
}
