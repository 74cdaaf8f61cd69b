import type { MemoryStorage } from '@precedent/memory';
import type { AppendLog, LogEntry } from '@precedent/ports';

/** A copy of a log, so that a replay does not change the original. */
export class CopiedLog implements AppendLog {
  readonly maxEntryBytes = Number.MAX_SAFE_INTEGER;
  readonly #entries: LogEntry[];
  #last: number;

  constructor(storage: MemoryStorage) {
    this.#entries = [...storage.entries];
    this.#last = storage.last;
  }

  async last(): Promise<number> {
    return this.#last;
  }

  async *read(after: number): AsyncGenerator<LogEntry> {
    yield* this.#entries.filter(({ seq }) => seq > after);
  }

  async append(text: string): Promise<number> {
    this.#entries.push({ seq: ++this.#last, at: 0, text });
    return this.#last;
  }

  async purge(): Promise<void> {}
}
