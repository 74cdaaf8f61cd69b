import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { AppError, isAppError, retryUntilAborted } from '@precedent/kernel';
import type { JournalReader, LogEntry } from '@precedent/ports';
import { openEntryNotifier } from './entry-notifier.ts';
import type { EntryNotifier } from './entry-notifier.ts';
import { whileUp } from '../connection/link-state.ts';
import { natsError } from '../connection/nats-errors.ts';
import { boundsOf, fetchPage } from './read-entries.ts';
import type { LogSource } from './read-entries.ts';
import { voidsBetween } from './void-entries.ts';
import { positionOf, savePosition } from './reader-positions.ts';

export interface JournalReaderOptions {
  readonly nc: NatsConnection;
  readonly stream: string;
  /** The name of the position that protects the journal from a purge. Without it nothing is protected: for a short read. */
  readonly reader?: string;
  /** Called with each error that is retried: the connection broke, or the journal does not exist yet. */
  readonly onRetry?: (error: AppError) => void;
}

const RETRY_MS = 250;

/** A `JournalReader` on a JetStream stream. It survives the loss of the connection. Rejects JOURNAL_UNAVAILABLE when it cannot begin. */
export const natsJournalReader = async (options: JournalReaderOptions): Promise<JournalReader> => {
  const { nc, stream } = options;
  try {
    return new JetStreamJournalReader({ nc, stream, jsm: await jetstreamManager(nc) }, options);
  } catch (error) {
    throw natsError(error, 'JOURNAL_UNAVAILABLE', `reading ${stream}`);
  }
};

class JetStreamJournalReader implements JournalReader {
  readonly #source: LogSource;
  readonly #name: string | undefined;
  readonly #onRetry: (error: AppError) => void;
  readonly #notifiers = new Set<EntryNotifier>();
  readonly #closing = new AbortController();
  #passed = -1;

  constructor(source: LogSource, { reader, onRetry }: JournalReaderOptions) {
    this.#source = source;
    this.#name = reader;
    this.#onRetry = onRetry ?? (() => undefined);
  }

  async *batches(after: number, max: number): AsyncGenerator<readonly LogEntry[]> {
    await this.#withRetries(() => this.#check(after));
    const notifier = await openEntryNotifier(this.#source);
    this.#notifiers.add(notifier);
    try {
      for (let at = after; !this.#closing.signal.aborted;) {
        const entries = await this.#withRetries(() => this.#entriesAfter(at, max));
        if (entries === undefined || entries.length === 0) await notifier.notified();
        else yield entries;
        at = entries?.at(-1)?.seq ?? at;
      }
    } finally {
      this.#notifiers.delete(notifier);
      notifier.close();
    }
  }

  async passed(seq: number): Promise<void> {
    if (this.#name === undefined || seq <= this.#passed) return;
    await this.#request(`moving the reader ${this.#name}`, () =>
      savePosition(this.#source, this.#name ?? '', seq),
    );
    this.#passed = seq;
  }

  async last(): Promise<number> {
    return (await boundsOf(this.#source)).last;
  }

  close(): Promise<void> {
    this.#closing.abort();
    for (const notifier of this.#notifiers) notifier.close();
    return Promise.resolve();
  }

  /** Throws JOURNAL_GAP, before anything is read, when entries are missing or the journal is another one. */
  async #check(after: number): Promise<void> {
    await this.#protect(after);
    const { first, last, voids } = await boundsOf(this.#source);
    if (first > after + 1 && !voidsBetween([after + 1, first], voids))
      throw gap(after, `the first one that is kept is ${first}`, { after, first });
    if (last < after) throw gap(after, `the last one is ${last}: it is another journal`, { after, last });
  }

  /** From the first read on nothing that the reader needs is purged. A reader that starts again may also go back. */
  async #protect(after: number): Promise<void> {
    if (this.#name === undefined) return;
    const name = this.#name;
    const saved = await this.#request(`finding the reader ${name}`, () => positionOf(this.#source, name));
    if (saved !== after)
      await this.#request(`placing the reader ${name}`, () => savePosition(this.#source, name, after));
    this.#passed = after;
  }

  async #entriesAfter(at: number, max: number): Promise<LogEntry[]> {
    const entries = await fetchPage(this.#source, at + 1, max);
    const begins = entries[0]?.seq;
    if (begins === undefined || begins === at + 1) return entries;
    const { voids } = await boundsOf(this.#source);
    const between = voidsBetween([at + 1, begins], voids, entries[0]?.at);
    if (between) return [...between, ...entries];
    throw gap(at, `the next one that is kept is ${begins}`, { after: at, first: begins });
  }

  /** Repeats `work` until it succeeds. `undefined`: the reader was closed. */
  #withRetries<T>(work: () => Promise<T>): Promise<T | undefined> {
    const onFailure = (error: unknown): void => {
      if (isAppError(error)) this.#onRetry(error);
    };
    const { signal } = this.#closing;
    return retryUntilAborted(work, { signal, firstMs: RETRY_MS, maxMs: RETRY_MS, onFailure });
  }

  async #request<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await whileUp(this.#source.nc, work);
    } catch (error) {
      throw natsError(error, 'JOURNAL_UNAVAILABLE', doing);
    }
  }
}

const gap = (after: number, fact: string, details: Record<string, number>): AppError =>
  new AppError('JOURNAL_GAP', `journal entries after ${after} are needed, ${fact}`, { details });
