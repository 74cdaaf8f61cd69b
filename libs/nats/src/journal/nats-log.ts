import { nuid } from '@nats-io/nats-core';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { jetstreamManager } from '@nats-io/jetstream';
import { AppError, isAppError, messageOf } from '@precedent/kernel';
import type { ErasableLog, LogEntry } from '@precedent/ports';
import { AppendWindow } from './append-window.ts';
import { noticeSubject } from './entry-notifier.ts';
import { headersFromText, textOf } from '../connection/bytes.ts';
import { ensureStream } from '../streams/ensure-stream.ts';
import type { StreamSpec } from '../streams/ensure-stream.ts';
import { DEFAULT_PROTECTION, purgeLimit } from './guarded-purge.ts';
import type { LaggingReader, ReaderProtection } from './guarded-purge.ts';
import { inboxOf } from '../connection/inbox.ts';
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
  /** Milliseconds without an acknowledgement after which the outcome of an append counts as unknown; 5 s by default. */
  readonly answerLimitMs?: number;
  /** Whether single entries may be missing, because they were erased. No entry of a journal may. */
  readonly hasHoles?: boolean;
  /** How far readers may lag and still limit a purge; seven days and 16 GiB by default. */
  readonly protection?: ReaderProtection;
  /** Called at a purge for each reader that lags beyond retention. */
  readonly onReaderSkipped?: (left: LaggingReader) => void;
}

export interface NatsLog extends ErasableLog {
  /** Stops listening for acknowledgements; unacknowledged appends reject. The connection stays open. */
  close(): void;
}

/** Bytes of a message for the headers of the server and ours, at most. */
const HEADER_BYTES = 4_096;
const ENTRY_BYTES_MAX = 4 * 1024 * 1024;
const ANSWER_LIMIT_MS = 5_000;
/** Nothing relies on the server's memory of message ids, so it has the shortest duration that the server allows: nanoseconds. */
const SHORTEST_WINDOW = 100_000_000;

/** An `AppendLog` on a JetStream stream, which is made when it does not exist. Errors: see `ensureStream`. */
export const natsLog = async (options: NatsLogOptions): Promise<NatsLog> => {
  const { nc, stream, hasHoles = false } = options;
  try {
    const jsm = await jetstreamManager(nc);
    await ensureStream(jsm, streamOf(options));
    return new JetStreamLog({ nc, jsm, stream, hasHoles }, options);
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
  republish: { src: subject, dest: noticeSubject(subject), headers_only: true },
});

/**
 * Publishes without waiting: one inbox, a counter and a window of unacknowledged appends replace a request for each.
 *
 * Every append names the sequence that it follows. One that is sent behind an unacknowledged append also names the message id of that one.
 * Otherwise, if another writer has added exactly one entry, the first append would be refused, and the second would match and land.
 */
class JetStreamLog implements NatsLog {
  readonly #source: LogSource;
  readonly #subject: string;
  readonly #name = nuid.next();
  readonly #inbox: string;
  readonly #answers: Subscription;
  readonly #window: AppendWindow;
  readonly #forget: () => void;
  readonly #guard: Pick<NatsLogOptions, 'protection' | 'onReaderSkipped'>;
  #isClosed = false;
  #number = 0;
  /** The append that was sent last. */
  #tail: { readonly number: number; readonly expected: number } | undefined;
  /** The lowest append that failed since the log was last read. Appends behind it must not be sent. */
  #failed: { readonly expected: number; readonly error: AppError } | undefined;

  constructor(source: LogSource, options: NatsLogOptions) {
    const { nc } = source;
    const { subject, answerLimitMs = ANSWER_LIMIT_MS } = options;
    this.#guard = options;
    this.#source = source;
    this.#subject = subject;
    this.#inbox = inboxOf(nc);
    this.#window = new AppendWindow(answerLimitMs, ({ expected, reject }) =>
      reject(
        this.#fail(expected, unavailable(`no answer to entry ${expected + 1} after ${answerLimitMs} ms`)),
      ),
    );
    this.#answers = nc.subscribe(`${this.#inbox}.*`, { callback: (error, msg) => this.#answer(error, msg) });
    this.#forget = linkStateOf(nc).onDown(() => this.#rejectAll('the connection broke'));
  }

  /** By the limit of the server that it is connected to now; another server may take less. */
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
    const { protection = DEFAULT_PROTECTION, onReaderSkipped = () => undefined } = this.#guard;
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
    // The client would buffer it and send it after a reconnect, when it counts as lost already.
    return linkStateOf(this.#source.nc).isUp() ? undefined : unavailable('there is no connection');
  }

  /** The number of the append before this one, while that one is not acknowledged. */
  #unansweredBefore(expected: number): number | undefined {
    const tail = this.#tail;
    return tail?.expected === expected - 1 && this.#window.has(tail.number) ? tail.number : undefined;
  }

  #publish(bytes: Uint8Array, { number, expected, behind }: AppendPosition): void {
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
    const isWithoutStream = msg.headers?.code === 503;
    this.#settle(number, isWithoutStream ? unavailable('no stream takes the entry') : ackOf(msg.data));
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

/** The entry had been erased before. */
const isGone = (error: unknown): boolean =>
  serverCodeOf(error) === SERVER_CODES.messageNotFound ||
  (serverCodeOf(error) === SERVER_CODES.deleteFailed && messageOf(error).includes('no message found'));

interface AppendPosition {
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
