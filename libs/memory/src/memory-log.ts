import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { ErasableLog, LogEntry } from '@precedent/ports';
import { MemoryStorage } from './memory-storage.ts';

export interface MemoryLogOptions {
  /** That of another log makes this one a second writer of the same entries. */
  readonly storage?: MemoryStorage;
  /** Bytes; 1 MiB by default. */
  readonly maxEntryBytes?: number;
  readonly now?: () => EpochMs;
  /** Delivers each append to the store and each answer back: calls `run` once, later. By default in a microtask. */
  readonly carry?: (run: () => void) => void;
}

/** An `ErasableLog` in memory, with the faults of a real one on demand. */
export interface MemoryLog extends ErasableLog {
  readonly storage: MemoryStorage;
  /** The next `count` appends to arrive reject JOURNAL_UNAVAILABLE: `before` they are stored, or `after`. */
  failNext(when: 'before' | 'after', count?: number): void;
  /** Cuts the connection: appends under way and later calls reject, until `heal`. The first `landing` appends are still stored. */
  cut(landing?: number): void;
  heal(): void;
}

interface Write {
  readonly text: string;
  readonly expected: number;
  /** Names this append in the store. */
  readonly token: object;
  /** The token of this writer's append that was under way in front of this one. */
  readonly behind: object | undefined;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: AppError) => void;
}

/** Gives the guarantees of the log over NATS, also for several writers of one storage. */
export const memoryLog = (options: MemoryLogOptions = {}): MemoryLog => {
  const storage = options.storage ?? new MemoryStorage();
  return new Writer(storage, options);
};

class Writer implements MemoryLog {
  readonly storage: MemoryStorage;
  readonly maxEntryBytes: number;
  readonly #now: () => EpochMs;
  readonly #carry: (run: () => void) => void;
  /** Sent and not stored yet; stored or refused and not answered yet. Both in the order of the appends. */
  #sent: Write[] = [];
  #answers: { readonly write: Write; readonly error: AppError | undefined }[] = [];
  #faults: ('before' | 'after')[] = [];
  #isCut = false;
  #failed: { readonly expected: number; readonly error: AppError } | undefined;

  constructor(storage: MemoryStorage, options: MemoryLogOptions) {
    this.storage = storage;
    this.maxEntryBytes = options.maxEntryBytes ?? 1_048_576;
    this.#now = options.now ?? Date.now;
    this.#carry = options.carry ?? queueMicrotask;
  }

  last(): Promise<number> {
    if (this.#isCut) return Promise.reject(cutError());
    this.#failed = undefined;
    return Promise.resolve(this.storage.last);
  }

  read(after: number): AsyncIterable<LogEntry> {
    this.#failed = undefined;
    return entriesBetween(this.storage.entries, { after, last: this.storage.last, isCut: this.#isCut });
  }

  append(text: string, expected: number): Promise<number> {
    const refusal = this.#refusal(text, expected);
    if (refusal) return Promise.reject(this.#fail(expected, refusal));
    return new Promise((resolve, reject) => {
      const front = this.#sent.at(-1) ?? this.#answers.at(-1)?.write;
      const behind = front?.expected === expected - 1 ? front.token : undefined;
      this.#sent.push({ text, expected, token: {}, behind, resolve, reject });
      this.#carry(() => this.#arrive());
    });
  }

  erase(seq: number): Promise<void> {
    if (this.#isCut) return Promise.reject(cutError());
    this.storage.erase(seq);
    return Promise.resolve();
  }

  purge(upTo: number): Promise<void> {
    if (this.#isCut) return Promise.reject(cutError());
    this.storage.purge(upTo);
    return Promise.resolve();
  }

  failNext(when: 'before' | 'after', count = 1): void {
    for (let i = 0; i < count; i++) this.#faults.push(when);
  }

  cut(landing = 0): void {
    this.#isCut = true;
    for (const write of this.#sent.slice(0, landing)) this.#land(write);
    const lost = [...this.#answers.map(({ write }) => write), ...this.#sent];
    this.#sent = [];
    this.#answers = [];
    for (const write of lost) write.reject(this.#fail(write.expected, cutError()));
  }

  heal(): void {
    this.#isCut = false;
  }

  #refusal(text: string, expected: number): AppError | undefined {
    if (this.#isCut) return cutError();
    if (this.#failed !== undefined && expected > this.#failed.expected) return this.#failed.error;
    this.#failed = undefined;
    const bytes = Buffer.byteLength(text);
    if (bytes <= this.maxEntryBytes) return undefined;
    return new AppError('PAYLOAD_TOO_LARGE', `the entry has ${bytes} of ${this.maxEntryBytes} bytes`);
  }

  /** Called once for each append that was sent, in any order: the oldest append arrives. */
  #arrive(): void {
    const write = this.#sent.shift();
    if (!write) return;
    const fault = this.#faults.shift();
    const error = fault === 'before' ? lostError() : this.#land(write);
    this.#answers.push({ write, error: error ?? (fault === 'after' ? lostError() : undefined) });
    this.#carry(() => this.#answer());
  }

  #land(write: Write): AppError | undefined {
    const { text, expected, token, behind } = write;
    const landing = this.storage.land({ text, expected, at: this.#now(), token, behind });
    if (landing === 'landed') return undefined;
    if (landing === 'gap') return gapError(expected, this.storage.last);
    return new AppError('JOURNAL_FENCED', `expected last entry ${expected}, it is ${this.storage.last}`);
  }

  #answer(): void {
    const answer = this.#answers.shift();
    if (!answer) return;
    const { write, error } = answer;
    if (error) write.reject(this.#fail(write.expected, error));
    else write.resolve(write.expected + 1);
  }

  #fail(expected: number, error: AppError): AppError {
    if (this.#failed === undefined || expected < this.#failed.expected) this.#failed = { expected, error };
    return error;
  }
}

const cutError = (): AppError => new AppError('JOURNAL_UNAVAILABLE', 'the connection to the log is cut');
const lostError = (): AppError => new AppError('JOURNAL_UNAVAILABLE', 'no answer to the append');
const gapError = (expected: number, last: number): AppError =>
  new AppError(
    'JOURNAL_UNAVAILABLE',
    `an append before entry ${expected + 1} did not land, the last one is ${last}`,
  );

interface Range {
  readonly after: number;
  readonly last: number;
  readonly isCut: boolean;
}

async function* entriesBetween(
  entries: readonly LogEntry[],
  { after, last, isCut }: Range,
): AsyncGenerator<LogEntry> {
  if (isCut) throw cutError();
  yield* entries.filter(({ seq }) => seq > after && seq <= last);
}
