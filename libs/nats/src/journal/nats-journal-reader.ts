import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { AppError, isAppError, retryUntilAborted } from '@precedent/kernel';
import type { JournalReader, LogEntry } from '@precedent/ports';
import { openBell } from './journal-bell.ts';
import type { JournalBell } from './journal-bell.ts';
import { whileUp } from '../connection/link-state.ts';
import { natsError } from '../connection/nats-errors.ts';
import { boundsOf, fetchPage } from './read-entries.ts';
import type { LogSource } from './read-entries.ts';
import { voidsBetween } from './void-entries.ts';
import { positionOf, savePosition } from './reader-positions.ts';

export interface JournalReaderOptions {
  readonly nc: NatsConnection;
  readonly stream: string;
  /** Names the position that protects the journal. Without it nothing is protected: for a look that is soon over. */
  readonly reader?: string;
  /** Told of what is tried again: the connection broke, or the journal is not there yet. */
  readonly onRetry?: (error: AppError) => void;
}

const RETRY_MS = 250;

/** A `JournalReader` on a JetStream stream. It outlives every loss of the connection. Rejects JOURNAL_UNAVAILABLE when it cannot begin. */
export const natsJournalReader = async (options: JournalReaderOptions): Promise<JournalReader> => {
  const { nc, stream } = options;
  try {
    return new Reader({ nc, stream, jsm: await jetstreamManager(nc) }, options);
  } catch (error) {
    throw natsError(error, 'JOURNAL_UNAVAILABLE', `reading ${stream}`);
  }
};

class Reader implements JournalReader {
  readonly #source: LogSource;
  readonly #name: string | undefined;
  readonly #onRetry: (error: AppError) => void;
  readonly #bells = new Set<JournalBell>();
  readonly #closing = new AbortController();
  #passed = -1;

  constructor(source: LogSource, { reader, onRetry }: JournalReaderOptions) {
    this.#source = source;
    this.#name = reader;
    this.#onRetry = onRetry ?? (() => undefined);
  }

  async *batches(after: number, max: number): AsyncGenerator<readonly LogEntry[]> {
    await this.#patiently(() => this.#check(after));
    const bell = await openBell(this.#source);
    this.#bells.add(bell);
    try {
      for (let at = after; !this.#closing.signal.aborted;) {
        const entries = await this.#patiently(() => this.#behind(at, max));
        if (entries === undefined || entries.length === 0) await bell.rung();
        else yield entries;
        at = entries?.at(-1)?.seq ?? at;
      }
    } finally {
      this.#bells.delete(bell);
      bell.close();
    }
  }

  async passed(seq: number): Promise<void> {
    if (this.#name === undefined || seq <= this.#passed) return;
    await this.#ask(`moving the reader ${this.#name}`, () =>
      savePosition(this.#source, this.#name ?? '', seq),
    );
    this.#passed = seq;
  }

  async last(): Promise<number> {
    return (await boundsOf(this.#source)).last;
  }

  close(): Promise<void> {
    this.#closing.abort();
    for (const bell of this.#bells) bell.close();
    return Promise.resolve();
  }

  /** Entries that are missing, or a journal that is another one, are told before anything is read. */
  async #check(after: number): Promise<void> {
    await this.#protect(after);
    const { first, last, voids } = await boundsOf(this.#source);
    if (first > after + 1 && !voidsBetween([after + 1, first], voids))
      throw gap(after, `the first one that is kept is ${first}`, { after, first });
    if (last < after) throw gap(after, `the last one is ${last}: it is another journal`, { after, last });
  }

  /** From the first look on nothing behind the reader is purged; one that starts anew may also go back. */
  async #protect(after: number): Promise<void> {
    if (this.#name === undefined) return;
    const name = this.#name;
    const saved = await this.#ask(`finding the reader ${name}`, () => positionOf(this.#source, name));
    if (saved !== after)
      await this.#ask(`placing the reader ${name}`, () => savePosition(this.#source, name, after));
    this.#passed = after;
  }

  async #behind(at: number, max: number): Promise<LogEntry[]> {
    const entries = await fetchPage(this.#source, at + 1, max);
    const begins = entries[0]?.seq;
    if (begins === undefined || begins === at + 1) return entries;
    const { voids } = await boundsOf(this.#source);
    const between = voidsBetween([at + 1, begins], voids, entries[0]?.at);
    if (between) return [...between, ...entries];
    throw gap(at, `the next one that is kept is ${begins}`, { after: at, first: begins });
  }

  /** Repeats `work` over outages. `undefined`: the reader was closed. */
  #patiently<T>(work: () => Promise<T>): Promise<T | undefined> {
    const onFailure = (error: unknown): void => {
      if (isAppError(error)) this.#onRetry(error);
    };
    const { signal } = this.#closing;
    return retryUntilAborted(work, { signal, firstMs: RETRY_MS, maxMs: RETRY_MS, onFailure });
  }

  async #ask<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await whileUp(this.#source.nc, work);
    } catch (error) {
      throw natsError(error, 'JOURNAL_UNAVAILABLE', doing);
    }
  }
}

const gap = (after: number, fact: string, details: Record<string, number>): AppError =>
  new AppError('JOURNAL_GAP', `journal entries after ${after} are asked for, ${fact}`, { details });
