import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { jetstreamManager } from '@nats-io/jetstream';
import type { LogEntry } from '@precedent/ports';
import { natsError } from '../connection/nats-errors.ts';

/** In the metadata of the stream, so that it is stored, replicated, copied and removed together with the entries. */
const VOID_KEY = 'precedent.void';

/** Sequences that `journal mend` has declared void; their messages are removed. */
export type VoidEntries = ReadonlySet<number>;

/** Message ids of appends: the name of the writer, which is a NUID, and a number. A mirror of the stream has the same ids. */
const APPEND_ID = /^[0-9A-Za-z]{22}-\d+$/;

/** Whether an engine appended the message: a message of another client has no such id. */
export const isAppended = ({ headers }: Pick<Msg, 'headers'>): boolean =>
  headers !== undefined && APPEND_ID.test(headers.get('Nats-Msg-Id'));

export const voidEntriesIn = (metadata: Readonly<Record<string, string>> | undefined): VoidEntries =>
  new Set((metadata?.[VOID_KEY] ?? '').split(',').filter(Boolean).map(Number));

/**
 * Void entries for the sequences from `from` up to, but without, `to`; `undefined` when one of them was not declared void. `at`: the time
 * of the entry behind them.
 */
export const voidsBetween = (
  [from, to]: readonly [from: number, to: number],
  voids: VoidEntries,
  at = Date.now(),
): LogEntry[] | undefined => {
  const entries: LogEntry[] = [];
  for (let seq = from; seq < to; seq++) {
    if (!voids.has(seq)) return undefined;
    entries.push({ seq, at, text: '', isVoid: true });
  }
  return entries;
};

/** Sequences of a stream that were declared void. Rejects JOURNAL_UNAVAILABLE. */
export const declaredVoidOf = (nc: NatsConnection, stream: string): Promise<VoidEntries> =>
  withErrors(stream, async () => {
    const { config } = await (await jetstreamManager(nc)).streams.info(stream);
    return voidEntriesIn(config.metadata);
  });

/** Declares entries void for every reader. What was declared before stays void. Rejects JOURNAL_UNAVAILABLE. */
export const declareVoid = (
  nc: NatsConnection,
  stream: string,
  sequences: readonly number[],
): Promise<void> =>
  withErrors(stream, async () => {
    const jsm = await jetstreamManager(nc);
    const { config } = await jsm.streams.info(stream);
    const all = [...new Set([...voidEntriesIn(config.metadata), ...sequences])].toSorted((a, b) => a - b);
    const metadata = { ...config.metadata, [VOID_KEY]: all.join(',') };
    await jsm.streams.update(stream, { ...config, metadata });
  });

const withErrors = async <T>(stream: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw natsError(error, 'JOURNAL_UNAVAILABLE', `void entries of ${stream}`);
  }
};
