import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@precedent/kernel';
import { inboxOf } from '../connection/inbox.ts';
import { linkStateOf } from '../connection/link-state.ts';
import type { AccessEntry } from './access-records.ts';

/** An entry with its position in the bucket. */
export interface StoredEntry extends AccessEntry {
  readonly seq: number;
}

/** Entries in one answer at most, and bytes, about. */
const PAGE_ENTRIES = 1_024;
const PAGE_BYTES = 4 * 1024 * 1024;
/** A server that syncs many writes answers late. */
const QUIET_LIMIT_MS = 5_000;

/** A batch of a direct read ends with 204; 404: nothing is stored at or after the position. */
const END_OF_BATCH: ReadonlySet<number> = new Set([204, 404]);

/** The entries from a position on, at most a page of them; none when there are no more. Rejects NATS_UNREACHABLE. */
export const readBucket = (nc: NatsConnection, bucket: string, from: number): Promise<StoredEntry[]> =>
  new Promise((resolve, reject) => {
    const entries: StoredEntry[] = [];
    const link = linkStateOf(nc);
    const inbox = inboxOf(nc);
    const end = (error?: AppError): void => {
      clearTimeout(timer);
      stopListening();
      if (!nc.isClosed()) subscription.unsubscribe();
      if (error) reject(error);
      else resolve(entries);
    };
    const fail = (why: string): void => end(new AppError('NATS_UNREACHABLE', `reading ${bucket}: ${why}`));
    const timer = setTimeout(() => fail(`nothing for ${QUIET_LIMIT_MS} ms`), QUIET_LIMIT_MS);
    const stopListening = link.onDown(() => fail('the connection broke'));
    const subscription = nc.subscribe(inbox, {
      callback: (error, msg) => {
        timer.refresh();
        if (error) return fail(error.message);
        const code = msg.headers?.code ?? 0;
        if (code === 0) return void entries.push(storedEntry(bucket, msg));
        return END_OF_BATCH.has(code) ? end() : fail(`${code} ${msg.headers?.description ?? ''}`);
      },
    });
    if (!link.isUp()) return fail('there is no connection');
    const request = JSON.stringify({ seq: from, batch: PAGE_ENTRIES, max_bytes: PAGE_BYTES });
    nc.publish(`$JS.API.DIRECT.GET.KV_${bucket}`, request, { reply: inbox });
  });

const REMOVALS: ReadonlySet<string> = new Set(['DEL', 'PURGE']);

const storedEntry = (bucket: string, { headers, data }: Msg): StoredEntry => ({
  seq: Number(headers?.get('Nats-Sequence')),
  name: (headers?.get('Nats-Subject') ?? '').slice(`$KV.${bucket}.`.length),
  value: data,
  isRemoved: REMOVALS.has(headers?.get('KV-Operation') ?? ''),
});
