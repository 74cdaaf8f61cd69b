import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { readDirectPage } from '../streams/direct-page.ts';
import type { AccessEntry } from './access-records.ts';

/** An entry with its position in the bucket. */
export interface StoredEntry extends AccessEntry {
  readonly seq: number;
}

/** Entries in one answer at most, and bytes, about. */
const PAGE_ENTRIES = 1_024;
const PAGE_BYTES = 4 * 1024 * 1024;

/** The entries from a position on, at most a page of them; none when there are no more. Rejects NATS_UNREACHABLE. */
export const readBucket = async (
  nc: NatsConnection,
  bucket: string,
  from: number,
): Promise<StoredEntry[]> => {
  const entries: StoredEntry[] = [];
  const page = { stream: `KV_${bucket}`, from, batch: PAGE_ENTRIES, bytes: PAGE_BYTES } as const;
  await readDirectPage(nc, { ...page, name: bucket, unavailable: 'NATS_UNREACHABLE' }, (msg) => {
    entries.push(storedEntry(bucket, msg));
    return undefined;
  });
  return entries;
};

const REMOVALS: ReadonlySet<string> = new Set(['DEL', 'PURGE']);

const storedEntry = (bucket: string, { headers, data }: Msg): StoredEntry => ({
  seq: Number(headers?.get('Nats-Sequence')),
  name: (headers?.get('Nats-Subject') ?? '').slice(`$KV.${bucket}.`.length),
  value: data,
  isRemoved: REMOVALS.has(headers?.get('KV-Operation') ?? ''),
});
