import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { JetStreamManager } from '@nats-io/jetstream';
import { AppError, sleep } from '@precedent/kernel';
import type { LogEntry } from '@precedent/ports';
import { textOf } from '../connection/bytes.ts';
import { whileUp } from '../connection/link-state.ts';
import { natsError } from '../connection/nats-errors.ts';
import { readDirectPage } from '../streams/direct-page.ts';
import { isAppended, voidEntriesIn, voidsBetween } from './void-entries.ts';
import type { VoidEntries } from './void-entries.ts';

export interface LogSource {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly stream: string;
  /** Whether entries may be missing. */
  readonly hasHoles?: boolean;
}

/** Entries in one page of a bulk read, at most, and bytes, about. */
const PAGE_ENTRIES = 1_024;
const PAGE_BYTES = 8 * 1024 * 1024;

/** How often, and at which interval, a replica that lags behind the leader is read again. */
const LAG_TRIES = 100;
const LAG_PAUSE_MS = 20;

/**
 * The entries after `after`, up to the last one at the time of the call. The next page is fetched while the caller processes this one. Throws JOURNAL_UNAVAILABLE when the server does not answer, JOURNAL_CORRUPT when an entry is missing.
 */
export async function* readEntries(source: LogSource, after: number): AsyncGenerator<LogEntry> {
  const { last, first, voids } = await boundsOf(source);
  // Void entries may come before the first one: then the first page yields them.
  let at = voidsBetween([after + 1, first], voids) ? after + 1 : Math.max(after + 1, first);
  let page = at <= last ? fetchPage(source, at) : undefined;
  for (let tries = 0; page !== undefined; tries++) {
    const entries: LogEntry[] = await page;
    const begin = await beginOf(source, entries, { at, last, tries });
    yield* begin.voids;
    at = (entries.at(-1)?.seq ?? begin.at - 1) + 1;
    if (entries.length > 0) tries = 0;
    // All entries behind the last one were erased.
    else if (source.hasHoles) return;
    page = at <= last ? fetchPage(source, at) : undefined;
    // The caller may stop reading before it gets there.
    page?.catch(() => undefined);
    for (const entry of entries) if (entry.seq <= last) yield entry;
  }
}

export interface Bounds {
  /** The first entry that is stored. */
  readonly first: number;
  /** The last one ever written. */
  readonly last: number;
  readonly voids: VoidEntries;
}

export const boundsOf = async ({ nc, jsm, stream }: LogSource): Promise<Bounds> => {
  try {
    const { state, config } = await whileUp(nc, () => jsm.streams.info(stream));
    return { first: state.first_seq, last: state.last_seq, voids: voidEntriesIn(config.metadata) };
  } catch (error) {
    throw natsError(error, 'JOURNAL_UNAVAILABLE', `reading ${stream}`);
  }
};

interface PagePosition {
  readonly at: number;
  readonly last: number;
  readonly tries: number;
}

interface PageBegin {
  readonly at: number;
  /** The void entries before the page. */
  readonly voids: readonly LogEntry[];
}

/** Where this page begins: later than requested only when entries were purged meanwhile, or declared void. */
const beginOf = async (
  source: LogSource,
  page: readonly LogEntry[],
  { at, last, tries }: PagePosition,
): Promise<PageBegin> => {
  const begins = page[0]?.seq;
  if (begins === at || source.hasHoles) return { at: begins ?? at, voids: [] };
  const { first, voids } = await boundsOf(source);
  const between = voidsBetween([at, begins ?? last + 1], voids, page[0]?.at);
  if (between) return { at: begins ?? last + 1, voids: between };
  if (begins !== undefined) {
    if (first >= begins) return { at: begins, voids: [] };
    throw missing(source.stream, at);
  }
  if (first > at) return { at: first, voids: [] };
  if (tries >= LAG_TRIES) {
    throw new AppError(
      'JOURNAL_UNAVAILABLE',
      `${source.stream} gives no entry ${at}, its last one is ${last}`,
    );
  }
  await sleep(LAG_PAUSE_MS);
  return { at, voids: [] };
};

const missing = (stream: string, seq: number): AppError =>
  new AppError('JOURNAL_CORRUPT', `entry ${seq} of ${stream} is missing`, { details: { stream, seq } });

/**
 * One direct bulk read: it needs no consumer, and any replica may answer. The page ends before a missing sequence, so that the next page
 * begins there.
 */
export const fetchPage = async (
  { nc, stream, hasHoles = false }: LogSource,
  from: number,
  entriesMax = PAGE_ENTRIES,
): Promise<LogEntry[]> => {
  const entries: LogEntry[] = [];
  const page = { stream, from, batch: entriesMax, bytes: PAGE_BYTES } as const;
  await readDirectPage(nc, { ...page, name: stream, unavailable: 'JOURNAL_UNAVAILABLE' }, (msg) =>
    addTo(entries, msg, { from, hasHoles }) ? undefined : 'an answer is out of order',
  );
  return entries;
};

const addTo = (
  entries: LogEntry[],
  msg: Msg,
  { from, hasHoles }: { readonly from: number; readonly hasHoles: boolean },
): boolean => {
  const seq = Number(msg.headers?.get('Nats-Sequence'));
  const before = entries.at(-1)?.seq ?? from - 1;
  if (!(seq > before)) return false;
  // Behind a gap: the next page finds the reason.
  if (seq > before + 1 && entries.length > 0 && !hasHoles) return true;
  const at = Date.parse(msg.headers?.get('Nats-Time-Stamp') ?? '');
  entries.push({ seq, at, text: textOf(msg.data), ...(!isAppended(msg) && { isVoid: true as const }) });
  return true;
};
