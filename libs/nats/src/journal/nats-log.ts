import { createInbox, nuid } from '@nats-io/nats-core';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { jetstreamManager } from '@nats-io/jetstream';
import { AppError, isAppError, messageOf } from '@precedent/kernel';
import type { ErasableLog, LogEntry } from '@precedent/ports';
import { AppendWindow } from './append-window.ts';
import { headersFromText, textOf } from '../connection/bytes.ts';
import { ensureStream } from '../streams/ensure-stream.ts';
import type { StreamSpec } from '../streams/ensure-stream.ts';
import { PROTECTION, purgeLimit } from './guarded-purge.ts';
import type { LaggingReader, Protection } from './guarded-purge.ts';
import { linkStateOf, whileUp } from '../connection/link-state.ts';
import { SERVER_CODES, appendError, natsError, serverCodeOf } from '../connection/nats-errors.ts';
import { readEntries } from './read-entries.ts';
import type { LogSource } from './read-entries.ts';

export interface NatsLogOptions {
  readonly nc: NatsConnection;
  readonly stream: string;
  readonly subject: string;
  /** Copies of every entry: 1, or 3 in a cluster. */
  readonly replicas?: number;
  /** Milliseconds without an answer after which an append counts as unknown; 5 s by default. */
  readonly answerLimitMs?: number;
  /** Single entries may be missing, because they were erased. Of a journal none may. */
  readonly hasHoles?: boolean;
  /** How long a purge waits for readers that are behind; seven days and 16 GiB by default. */
  readonly protection?: Protection;
  /** Called at a purge for each reader that is too far behind to be waited for. */
  readonly onReaderSkipped?: (left: LaggingReader) => void;
}

export interface NatsLog extends ErasableLog {
  /** Stops listening for answers; what is under way rejects. The connection stays open. */
  close(): void;
}

/** What the server's headers and ours take of a message, at most. */
const HEADER_BYTES = 4_096;
const ENTRY_BYTES_MAX = 4 * 1024 * 1024;
const ANSWER_LIMIT_MS = 5_000;
/** Nobody relies on the server's memory of message ids, so it is kept as short as it may be: nanoseconds. */
const SHORTEST_WINDOW = 100_000_000;

/** An `AppendLog` on a JetStream stream, which is made when it is not there. Errors: see `ensureStream`. */
export const natsLog = async (options: NatsLogOptions): Promise<NatsLog> => {
  const { nc, stream, hasHoles = false } = options;
  try {
    const jsm = await jetstreamManager(nc);
    await ensureStream(jsm, streamOf(options));
    return new Writer({ nc, jsm, stream, hasHoles }, options);
  } catch (error) {
    throw natsError(error, 'JOURNAL_UNAVAILABLE', `opening ${stream}`);
  }
};

const streamOf = ({ stream, subject, replicas = 1 }: NatsLogOptions): StreamSpec => ({
  name: stream,
  subjects: [subject],
  retention: 'limits',
  storage: 'file',
  num_replicas: replicas,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msgs_per_subject: -1,
  allow_direct: true,
  deny_delete: false,
  deny_purge: false,
  duplicate_window: SHORTEST_WINDOW,
});

/**
 * Publishes without waiting: one inbox, a counter and a window of unanswered appends in place of a request each.
 *
 * Every append names the sequence that it follows. One sent behind an unanswered append also names that one's message id: otherwise, if
 * another writer has added exactly one entry, the first append would be refused and the second would find its sequence and land.
 */
class Writer implements NatsLog {
  readonly #source: LogSource;
  readonly #subject: string;
  readonly #name = nuid.next();
  readonly #inbox = createInbox();
  readonly #answers: Subscription;
  readonly #window: AppendWindow;
  readonly #forget: () => void;
  readonly #guard: Pick<NatsLogOptions, 'protection' | 'onReaderSkipped'>;
  #isClosed = false;
  #number = 0;
  /** The append that was sent last. */
  #tail: { readonly number: number; readonly expected: number } | undefined;
  /** The lowest append that failed since the log was last looked at. What builds on it must not be sent. */
  #failed: { readonly expected: number; readonly error: AppError } | undefined;

  constructor(source: LogSource, options: NatsLogOptions) {
    const { nc } = source;
    const { subject, answerLimitMs = ANSWER_LIMIT_MS } = options;
    this.#guard = options;
    this.#source = source;
    this.#subject = subject;
    this.#window = new AppendWindow(answerLimitMs, ({ expected, reject }) =>
      reject(
        this.#fail(expected, unavailable(`no answer to entry ${expected + 1} after ${answerLimitMs} ms`)),
      ),
    );
    this.#answers = nc.subscribe(`${this.#inbox}.*`, { callback: (error, msg) => this.#answer(error, msg) });
    this.#forget = linkStateOf(nc).onDown(() => this.#rejectAll('the connection broke'));
  }

  /** Of the server as it is now: another one may take less. */
  get maxEntryBytes(): number {
    return Math.min((this.#source.nc.info?.max_payload ?? 1_048_576) - HEADER_BYTES, ENTRY_BYTES_MAX);
  }

  async last(): Promise<number> {
    const { nc, jsm, stream } = this.#source;
    try {
      const { state } = await whileUp(nc, () => jsm.streams.info(stream));
      this.#failed = undefined;
      return state.last_seq;
    } catch (error) {
      throw natsError(error, 'JOURNAL_UNAVAILABLE', `reading ${stream}`);
    }
  }

  read(after: number): AsyncIterable<LogEntry> {
    this.#failed = undefined;
    return readEntries(this.#source, after);
  }

  append(text: string, expected: number): Promise<number> {
    const bytes = Buffer.from(text);
    const refusal = this.#refusal(bytes.length, expected);
    if (refusal) return Promise.reject(this.#fail(expected, refusal));
    return new Promise((resolve, reject) => {
      const behind = this.#unansweredBefore(expected);
      const number = ++this.#number;
      this.#tail = { number, expected };
      this.#window.add({ number, expected, sentAt: performance.now(), resolve, reject });
      this.#publish(bytes, { number, expected, behind });
    });
  }

  async purge(upTo: number): Promise<void> {
    if (upTo < 1) return;
    const { nc, jsm, stream } = this.#source;
    const { protection = PROTECTION, onReaderSkipped = () => undefined } = this.#guard;
    try {
      await whileUp(nc, async () => {
        const limit = await purgeLimit({ jsm, stream, upTo, protection, onReaderSkipped });
        if (limit > 0) await jsm.streams.purge(stream, { seq: limit + 1 });
      });
    } catch (error) {
      throw natsError(error, 'JOURNAL_UNAVAILABLE', `purging ${stream}`);
    }
  }

  async erase(seq: number): Promise<void> {
    const { nc, jsm, stream } = this.#source;
    try {
      await whileUp(nc, () => jsm.streams.deleteMessage(stream, seq));
    } catch (error) {
      if (isGone(error)) return;
      throw natsError(error, 'JOURNAL_UNAVAILABLE', `erasing entry ${seq} of ${stream}`);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#forget();
    this.#window.close();
    this.#rejectAll('the log was closed');
    if (!this.#source.nc.isClosed()) this.#answers.unsubscribe();
  }

  #refusal(bytes: number, expected: number): AppError | undefined {
    if (this.#failed !== undefined && expected > this.#failed.expected) return this.#failed.error;
    this.#failed = undefined;
    if (bytes > this.maxEntryBytes) {
      return new AppError('PAYLOAD_TOO_LARGE', `the entry has ${bytes} of ${this.maxEntryBytes} bytes`);
    }
    if (this.#isClosed) return unavailable('the log is closed');
    // The client would keep it and send it after a reconnect, when somebody else may have been told that it is lost.
    return linkStateOf(this.#source.nc).isUp() ? undefined : unavailable('there is no connection');
  }

  /** The number of the append that this one builds on, while that one is not answered. */
  #unansweredBefore(expected: number): number | undefined {
    const tail = this.#tail;
    return tail?.expected === expected - 1 && this.#window.has(tail.number) ? tail.number : undefined;
  }

  #publish(bytes: Uint8Array, { number, expected, behind }: Place): void {
    const chain = behind === undefined ? '' : `Nats-Expected-Last-Msg-Id: ${this.#name}-${behind}\r\n`;
    const headers = headersFromText(
      `Nats-Expected-Last-Sequence: ${expected}\r\nNats-Msg-Id: ${this.#name}-${number}\r\n${chain}`,
    );
    try {
      this.#source.nc.publish(this.#subject, bytes, { reply: `${this.#inbox}.${number}`, headers });
    } catch (error) {
      this.#settle(number, natsError(error, 'JOURNAL_UNAVAILABLE', 'appending'));
    }
  }

  #answer(error: Error | null, msg: Msg): void {
    if (error) return this.#rejectAll(error.message);
    const number = Number(msg.subject.slice(this.#inbox.length + 1));
    const isUnheard = msg.headers?.code === 503;
    this.#settle(number, isUnheard ? unavailable('no stream takes the entry') : ackOf(msg.data));
  }

  #settle(number: number, ack: Ack | AppError): void {
    const append = this.#window.take(number);
    if (!append) return;
    const { expected, resolve, reject } = append;
    if (isAppError(ack)) reject(this.#fail(expected, ack));
    else if (ack.error) reject(this.#fail(expected, appendError(ack.error, expected, this.#failed?.error)));
    else if (ack.seq === expected + 1) resolve(ack.seq);
    else reject(this.#fail(expected, unavailable(`entry ${expected + 1} was stored as ${ack.seq}`)));
  }

  #rejectAll(why: string): void {
    for (const { expected, reject } of this.#window.takeAll()) reject(this.#fail(expected, unavailable(why)));
  }

  #fail(expected: number, error: AppError): AppError {
    if (this.#failed === undefined || expected < this.#failed.expected) this.#failed = { expected, error };
    return error;
  }
}

/** Somebody has erased it before. */
const isGone = (error: unknown): boolean =>
  serverCodeOf(error) === SERVER_CODES.messageNotFound ||
  (serverCodeOf(error) === SERVER_CODES.deleteFailed && messageOf(error).includes('no message found'));

interface Place {
  readonly number: number;
  readonly expected: number;
  readonly behind: number | undefined;
}

interface Ack {
  readonly seq?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

const ackOf = (bytes: Uint8Array): Ack | AppError => {
  try {
    return JSON.parse(textOf(bytes)) as Ack;
  } catch {
    return unavailable('the answer to an append is not JSON');
  }
};

const unavailable = (why: string): AppError => new AppError('JOURNAL_UNAVAILABLE', why);
