import { createInbox } from '@nats-io/nats-core';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { JetStreamManager } from '@nats-io/jetstream';
import { AppError } from '@precedent/kernel';
import type { LogEntry } from '@precedent/ports';
import { setTimeout as pause } from 'node:timers/promises';
import { textOf } from './bytes.ts';
import { linkStateOf, whileUp } from './link-state.ts';
import { natsError } from './nats-errors.ts';

export interface LogSource {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly stream: string;
  /** Entries may be missing. */
  readonly hasHoles?: boolean;
}

/** One answer to a bulk read holds at most this many entries, and about this many bytes. */
const PAGE_ENTRIES = 1_024;
const PAGE_BYTES = 8 * 1024 * 1024;
const QUIET_LIMIT_MS = 5_000;

/** How often, and how long apart, a replica that lags behind the leader is asked again. */
const LAG_TRIES = 100;
const LAG_PAUSE_MS = 20;

/**
 * The entries after `after`, up to the one that is last when this begins. The next page is under way while the caller works on
 * this one. Throws JOURNAL_UNAVAILABLE when the server does not answer, JOURNAL_CORRUPT when an entry is missing.
 */
export async function* readEntries(source: LogSource, after: number): AsyncGenerator<LogEntry> {
  const { last, first } = await boundsOf(source);
  let at = Math.max(after + 1, first);
  let page = at <= last ? fetchPage(source, at) : undefined;
  for (let tries = 0; page !== undefined; tries++) {
    const entries: LogEntry[] = await page;
    const start = await startOf(source, entries, { at, last, tries });
    at = (entries.at(-1)?.seq ?? start - 1) + 1;
    if (entries.length > 0) tries = 0;
    // Behind the last entry that is there, all were erased.
    else if (source.hasHoles) return;
    page = at <= last ? fetchPage(source, at) : undefined;
    // The caller may stop reading before it gets there.
    page?.catch(() => undefined);
    for (const entry of entries) if (entry.seq <= last) yield entry;
  }
}

/** The first entry that is kept, and the last one ever written. */
export const boundsOf = async ({ nc, jsm, stream }: LogSource): Promise<{ first: number; last: number }> => {
  try {
    const { state } = await whileUp(nc, () => jsm.streams.info(stream));
    return { first: state.first_seq, last: state.last_seq };
  } catch (error) {
    throw natsError(error, 'JOURNAL_UNAVAILABLE', `reading ${stream}`);
  }
};

interface Place {
  readonly at: number;
  readonly last: number;
  readonly tries: number;
}

/** The sequence with which this page begins. It is later than asked only where entries were purged meanwhile. */
const startOf = async (
  source: LogSource,
  page: readonly LogEntry[],
  { at, last, tries }: Place,
): Promise<number> => {
  const begins = page[0]?.seq;
  if (begins === at || source.hasHoles) return begins ?? at;
  const { first } = await boundsOf(source);
  if (begins !== undefined) {
    if (first >= begins) return begins;
    throw new AppError('JOURNAL_CORRUPT', `entry ${at} of ${source.stream} is missing`, {
      details: { seq: at },
    });
  }
  if (first > at) return first;
  if (tries >= LAG_TRIES) {
    throw new AppError(
      'JOURNAL_UNAVAILABLE',
      `${source.stream} gives no entry ${at}, its last one is ${last}`,
    );
  }
  await pause(LAG_PAUSE_MS);
  return at;
};

/** One direct bulk read: no consumer is made, and any replica may answer. */
export const fetchPage = (
  { nc, stream, hasHoles = false }: LogSource,
  from: number,
  entriesMax = PAGE_ENTRIES,
): Promise<LogEntry[]> =>
  new Promise((resolve, reject) => {
    const inbox = createInbox();
    const link = linkStateOf(nc);
    const entries: LogEntry[] = [];
    const end = (error?: AppError): void => {
      clearTimeout(timer);
      takeBack();
      if (!nc.isClosed()) subscription.unsubscribe();
      if (error) reject(error);
      else resolve(entries);
    };
    const fail = (why: string): void => end(new AppError('JOURNAL_UNAVAILABLE', `reading ${stream}: ${why}`));
    const timer = setTimeout(() => fail(`nothing for ${QUIET_LIMIT_MS} ms`), QUIET_LIMIT_MS);
    const takeBack = link.onDown(() => fail('the connection broke'));
    const subscription = nc.subscribe(inbox, {
      callback: (error, msg) => {
        timer.refresh();
        if (error) return fail(error.message);
        const code = msg.headers?.code ?? 0;
        if (code === 0)
          return addTo(entries, msg, { from, hasHoles }) ? undefined : fail('an answer is out of order');
        // 204: end of the batch. 404: nothing at or after this sequence.
        return code === 204 || code === 404 ? end() : fail(`${code} ${msg.headers?.description ?? ''}`);
      },
    });
    if (!link.isUp()) return fail('there is no connection');
    const request = JSON.stringify({ seq: from, batch: entriesMax, max_bytes: PAGE_BYTES });
    nc.publish(`$JS.API.DIRECT.GET.${stream}`, request, { reply: inbox });
  });

const addTo = (
  entries: LogEntry[],
  msg: Msg,
  { from, hasHoles }: { readonly from: number; readonly hasHoles: boolean },
): boolean => {
  const seq = Number(msg.headers?.get('Nats-Sequence'));
  const before = entries.at(-1)?.seq;
  const isNext = before === undefined ? seq >= from : seq === before + 1 || (hasHoles && seq > before);
  if (!isNext) return false;
  const at = Date.parse(msg.headers?.get('Nats-Time-Stamp') ?? '');
  entries.push({ seq, at, text: textOf(msg.data) });
  return true;
};
