import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { AccessTable } from '@precedent/access';
import type { AccessState } from '@precedent/access';
import { SERVER_CODES, natsError, serverCodeOf } from '../connection/nats-errors.ts';
import { readEntry } from './access-records.ts';
import { readBucket } from './read-bucket.ts';

/** The signers in the bucket of keys, as they are stored now; none where access is open. Rejects NATS_UNREACHABLE. */
export const storedSigners = async (
  nc: NatsConnection,
  bucket: string,
): Promise<Pick<AccessState, 'signerOf'>> => {
  const table = new AccessTable();
  if (!(await isThere(nc, bucket))) return table;
  for (let from = 1; ;) {
    const entries = await readBucket(nc, bucket, from);
    const last = entries.at(-1);
    if (last === undefined) return table;
    for (const read of entries.map(readEntry)) if (read?.kind === 'signer') table.apply(read);
    from = last.seq + 1;
  }
};

const isThere = async (nc: NatsConnection, bucket: string): Promise<boolean> => {
  try {
    await (await jetstreamManager(nc)).streams.info(`KV_${bucket}`);
    return true;
  } catch (error) {
    if (serverCodeOf(error) === SERVER_CODES.streamNotFound) return false;
    throw natsError(error, 'NATS_UNREACHABLE', `reading ${bucket}`);
  }
};
