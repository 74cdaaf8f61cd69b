import type { JetStreamManager } from '@nats-io/jetstream';
import { positionsOf } from './reader-positions.ts';

/** How far a reader may lag and still keep the journal from being purged. */
export interface ReaderProtection {
  /** Age of the entry that the reader reads next. Milliseconds. */
  readonly ageMs: number;
  /** Size of the whole log. */
  readonly bytes: number;
}

export const DEFAULT_PROTECTION: ReaderProtection = { ageMs: 7 * 86_400_000, bytes: 16 * 1024 ** 3 };

/** A reader that lags beyond retention: it will find a gap. */
export interface LaggingReader {
  readonly reader: string;
  readonly passed: number;
  readonly upTo: number;
}

export interface PurgeOptions {
  readonly jsm: JetStreamManager;
  readonly stream: string;
  readonly upTo: number;
  readonly protection: ReaderProtection;
  readonly onReaderSkipped: (left: LaggingReader) => void;
}

/** The sequence up to which the log may be purged: where the slowest reader is that does not lag beyond retention. */
export const purgeLimit = async (options: PurgeOptions): Promise<number> => {
  const { jsm, stream, upTo, onReaderSkipped } = options;
  const slow = (await positionsOf(jsm, stream)).filter(({ passed }) => passed < upTo);
  let limit = upTo;
  for (const { reader, passed } of slow) {
    if (await isWaitedFor(options, passed)) limit = Math.min(limit, passed);
    else onReaderSkipped({ reader, passed, upTo });
  }
  return limit;
};

/** By the clock of the server, which also dated the entries. */
const isWaitedFor = async ({ jsm, stream, protection }: PurgeOptions, passed: number): Promise<boolean> => {
  const { state, ts } = await jsm.streams.info(stream);
  if (state.bytes > protection.bytes) return false;
  const next = Math.max(passed + 1, state.first_seq);
  if (next > state.last_seq) return true;
  const entry = await jsm.streams.getMessage(stream, { seq: next });
  if (entry === null || ts === undefined) return true;
  return Date.parse(ts) - entry.time.getTime() <= protection.ageMs;
};
