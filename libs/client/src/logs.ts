import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { ID_PATTERN, ID_RULE } from '@precedent/contracts';
import type { Streams } from '@precedent/contracts';
import type { LogChunk } from '@precedent/contract-types';
import { AppError, errorName, messageOf, sleep } from '@precedent/kernel';
import { isRecord } from './answers.ts';
import type { Api } from './api.ts';

export interface LogOptions {
  /** Go on until the task has its verdict. Without it the reading ends where the log ends now. */
  readonly follow?: boolean;
  /** Only this attempt; 1 is the first. */
  readonly attempt?: number;
  /** Only the last so many of the chunks stored when the reading begins. */
  readonly tail?: number;
}

export interface LogReaderContext extends Api {
  readonly streams: Streams;
  /** Resolves when the task has its verdict, or is not known any more; rejects when `left` is aborted. */
  readonly settled: (id: string, left: AbortSignal) => Promise<void>;
}

/** How long to wait for an engine to make the stream of the logs. */
const STREAM_POLL_MS = 500;

/** See `Client.logs`. */
export async function* readLogs(
  source: LogReaderContext,
  id: string,
  options: LogOptions,
): AsyncGenerator<LogChunk, void, undefined> {
  checkId(id);
  const left = new AbortController();
  const settled = options.follow === true ? source.settled(id, left.signal) : Promise.resolve();
  const end = settled.then(() => lastSeq(source, id));
  // A reader that leaves the loop early never waits for the end; its failure must not count as unhandled.
  end.catch(() => undefined);
  try {
    yield* readUpTo(source, id, { ...options, end });
  } finally {
    left.abort();
  }
}

interface Reading extends LogOptions {
  readonly end: Promise<number>;
}

async function* readUpTo(
  source: LogReaderContext,
  id: string,
  { end, ...options }: Reading,
): AsyncGenerator<LogChunk, void, undefined> {
  const tailTo = options.tail === undefined ? 0 : await lastSeq(source, id);
  const messages = await open(source, id, end);
  if (!messages) return;
  try {
    yield* chunksUpTo(messages, end, { ...options, tailTo });
  } finally {
    await messages.close();
  }
}

/** The id becomes a part of a subject: a wildcard there would be the output of every task. */
const checkId = (id: string): void => {
  if (ID_PATTERN.test(id)) return;
  throw new AppError('INVALID_REQUEST', `id: ${ID_RULE}, got "${id}"`);
};

interface Wanted extends LogOptions {
  /** Of the chunks up to this sequence only the tail is wanted. */
  readonly tailTo: number;
}

async function* chunksUpTo(
  messages: ConsumerMessages,
  end: Promise<number>,
  wanted: Wanted,
): AsyncGenerator<LogChunk, void, undefined> {
  const tail = new Tail(wanted.tail ?? 0);
  for await (const message of messagesUpTo(messages, end)) {
    const chunk = chunkIn(message);
    const isWanted = wanted.attempt === undefined || chunk?.attempt === wanted.attempt;
    if (chunk && isWanted && message.seq <= wanted.tailTo) tail.push(chunk);
    if (message.seq >= wanted.tailTo) yield* tail.take();
    if (chunk && isWanted && message.seq > wanted.tailTo) yield chunk;
  }
  yield* tail.take();
}

/** Any client may publish to the stream: what is no chunk is left out. */
const chunkIn = (message: JsMsg): LogChunk | undefined => {
  try {
    const chunk = message.json();
    return isChunk(chunk) ? chunk : undefined;
  } catch {
    return undefined;
  }
};

const isChunk = (value: unknown): value is LogChunk =>
  isRecord(value) &&
  typeof value['text'] === 'string' &&
  typeof value['stream'] === 'string' &&
  typeof value['attempt'] === 'number' &&
  typeof value['at'] === 'number';

/** The last few of a sequence whose end is not known yet. */
class Tail {
  readonly #max: number;
  readonly #chunks: LogChunk[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  push(chunk: LogChunk): void {
    this.#chunks.push(chunk);
    if (this.#chunks.length > this.#max) this.#chunks.shift();
  }

  take(): LogChunk[] {
    return this.#chunks.splice(0);
  }
}

/** Reads on until the sequence that `end` resolves to has been read; a reading that waits ends when `end` says so. */
async function* messagesUpTo(
  messages: ConsumerMessages,
  end: Promise<number>,
): AsyncGenerator<JsMsg, void, undefined> {
  const iterator = messages[Symbol.asyncIterator]();
  const pull = (): Promise<IteratorResult<JsMsg>> => {
    const next = iterator.next();
    next.catch(() => undefined);
    return next;
  };
  const ending = end.then((seq) => ({ endsAt: seq }));
  let endsAt = Number.POSITIVE_INFINITY;
  let read = 0;
  let next = pull();
  try {
    while (read < endsAt) {
      const step = await (Number.isFinite(endsAt) ? next : Promise.race([ending, next]));
      if ('endsAt' in step) endsAt = step.endsAt;
      else if (step.done === true) return;
      else {
        read = step.value.seq;
        next = pull();
        yield step.value;
      }
    }
  } finally {
    // What has arrived and is not read would keep the consumer open for ever.
    iterator.return?.().catch(() => undefined);
  }
}

/** `undefined` when there is nothing to read and never will be. */
const open = async (
  source: LogReaderContext,
  id: string,
  end: Promise<number>,
): Promise<ConsumerMessages | undefined> => {
  for (;;) {
    try {
      const consumers = jetstream(source.link).consumers;
      const consumer = await consumers.get(source.streams.logs, { filter_subjects: source.subjects.log(id) });
      return await consumer.consume();
    } catch (error) {
      if (!isMissing(error)) throw faultOf(error);
    }
    const pause = sleep(STREAM_POLL_MS).then(() => undefined);
    if ((await Promise.race([end, pause])) !== undefined) return undefined;
  }
};

/** The sequence of the task's last chunk; 0 when it has none. */
const lastSeq = async ({ link, streams, subjects }: LogReaderContext, id: string): Promise<number> => {
  try {
    const manager = await jetstreamManager(link);
    const last = await manager.streams.getMessage(streams.logs, { last_by_subj: subjects.log(id) });
    return last?.seq ?? 0;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw faultOf(error);
  }
};

const isMissing = (error: unknown): boolean => errorName(error) === 'StreamNotFoundError';

const faultOf = (cause: unknown): AppError =>
  new AppError('JOURNAL_UNAVAILABLE', `the log cannot be read: ${messageOf(cause)}`, { cause });
