import type { JetStreamManager } from '@nats-io/jetstream';
import { positionsOf } from './reader-positions.ts';

/** How far a reader may be behind and still be waited for. */
export interface Protection {
  /** Milliseconds since the entry was written that it has to read next. */
  readonly ageMs: number;
  /** Of the whole log. */
  readonly bytes: number;
}

export const PROTECTION: Protection = { ageMs: 7 * 86_400_000, bytes: 16 * 1024 ** 3 };

/** A reader that is not waited for any more: it will find a gap. */
export interface LaggingReader {
  readonly reader: string;
  readonly passed: number;
  readonly upTo: number;
}

export interface PurgeOptions {
  readonly jsm: JetStreamManager;
  readonly stream: string;
  readonly upTo: number;
  readonly protection: Protection;
  readonly onReaderSkipped: (left: LaggingReader) => void;
}

/** The sequence up to which the log may be purged: no further than its slowest reader that is still waited for. */
export const purgeLimit = async (terms: PurgeOptions): Promise<number> => {
  const { jsm, stream, upTo, onReaderSkipped } = terms;
  const slow = (await positionsOf(jsm, stream)).filter(({ passed }) => passed < upTo);
  let limit = upTo;
  for (const { reader, passed } of slow) {
    if (await isWaitedFor(terms, passed)) limit = Math.min(limit, passed);
    else onReaderSkipped({ reader, passed, upTo });
  }
  return limit;
};

/** Time by the server's clock, which also dated the entries. */
const isWaitedFor = async ({ jsm, stream, protection }: PurgeOptions, passed: number): Promise<boolean> => {
  const { state, ts } = await jsm.streams.info(stream);
  if (state.bytes > protection.bytes) return false;
  const next = Math.max(passed + 1, state.first_seq);
  if (next > state.last_seq) return true;
  const entry = await jsm.streams.getMessage(stream, { seq: next });
  if (entry === null || ts === undefined) return true;
  return Date.parse(ts) - entry.time.getTime() <= protection.ageMs;
};
