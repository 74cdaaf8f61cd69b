import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import { nanos } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import type { LeaseStore } from '@precedent/ports';
import { ensureStream } from '../streams/ensure-stream.ts';
import type { StreamSpec } from '../streams/ensure-stream.ts';
import { whileUp } from '../connection/link-state.ts';
import { isConflict, natsError } from '../connection/nats-errors.ts';

export interface LeaseStoreOptions {
  readonly nc: NatsConnection;
  /** The bucket's name. */
  readonly bucket: string;
  /** Milliseconds; 3 s by default. */
  readonly ttlMs?: number;
  readonly replicas?: number;
}

const TTL_MS = 3_000;

interface Held {
  readonly owner: string;
  readonly revision: number;
}

/** Leases as keys of a bucket whose entries live for `ttlMs`. Rejects NATS_UNREACHABLE when the server does not answer. */
export const natsLeaseStore = async (options: LeaseStoreOptions): Promise<LeaseStore> => {
  const { nc, bucket, ttlMs = TTL_MS } = options;
  await ensureStream(await jetstreamManager(nc), bucketOf(options));
  const kv = await new Kvm(nc).open(bucket, { allow_direct: true });
  /** By cell: the lease as it was at the last call of `acquire`. */
  const seen = new Map<string, Held>();
  return {
    ttlMs,
    acquire: async (cell, owner, dead) => {
      const before = seen.get(cell);
      const unrenewed = before?.owner === dead ? before : undefined;
      const held = await asLease(
        `taking the lease of ${cell}`,
        whileUp(nc, () => acquire({ kv, cell, owner, unrenewed })),
      );
      if (held) seen.set(cell, held);
      return held?.owner ?? owner;
    },
    renew: (cell, owner) =>
      asLease(
        `renewing the lease of ${cell}`,
        whileUp(nc, () => renew(kv, cell, owner)),
      ),
    release: (cell, owner) =>
      asLease(
        `releasing the lease of ${cell}`,
        whileUp(nc, () => release(kv, cell, owner)),
      ),
  };
};

/** The stream of a bucket, with the configuration that every NATS client gives it. */
const bucketOf = ({ bucket, ttlMs = TTL_MS, replicas = 1 }: LeaseStoreOptions): StreamSpec => ({
  name: `KV_${bucket}`,
  subjects: [`$KV.${bucket}.>`],
  retention: 'limits',
  storage: 'file',
  num_replicas: replicas,
  max_msgs_per_subject: 1,
  max_age: nanos(ttlMs),
  duplicate_window: nanos(ttlMs),
  discard: 'new',
  allow_rollup_hdrs: true,
  allow_direct: true,
  deny_delete: true,
});

interface Acquiring {
  readonly kv: KV;
  readonly cell: string;
  readonly owner: string;
  /** The lease of a dead owner. */
  readonly unrenewed: Held | undefined;
}

/** Resolves to the lease of another owner; to nothing when it is `owner`'s. */
const acquire = async ({ kv, cell, owner, unrenewed }: Acquiring): Promise<Held | undefined> => {
  for (;;) {
    const held = await read(kv, cell);
    const isFree = held === undefined || held.owner === owner || held.revision === unrenewed?.revision;
    if (!isFree) return held;
    const isOurs = held ? await write(kv, cell, { ...held, owner }) : await create(kv, cell, owner);
    if (isOurs) return undefined;
    // Another engine was faster between the two calls: read again which one.
  }
};

const renew = async (kv: KV, cell: string, owner: string): Promise<boolean> => {
  const held = await read(kv, cell);
  return held?.owner === owner && (await write(kv, cell, held));
};

const release = async (kv: KV, cell: string, owner: string): Promise<void> => {
  const held = await read(kv, cell);
  if (held?.owner === owner) await unlessConflict(kv.delete(cell, { previousSeq: held.revision }));
};

const read = async (kv: KV, cell: string): Promise<Held | undefined> => {
  const entry = await kv.get(cell);
  if (entry === null || entry.operation !== 'PUT') return undefined;
  return { owner: entry.string(), revision: entry.revision };
};

const write = (kv: KV, cell: string, { owner, revision }: Held): Promise<boolean> =>
  unlessConflict(kv.update(cell, owner, revision));

const create = (kv: KV, cell: string, owner: string): Promise<boolean> =>
  unlessConflict(kv.create(cell, owner));

/** `false`: another client has changed the key since it was read. */
const unlessConflict = async (change: Promise<unknown>): Promise<boolean> => {
  try {
    await change;
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
};

const asLease = async <T>(doing: string, result: Promise<T>): Promise<T> => {
  try {
    return await result;
  } catch (error) {
    throw natsError(error, 'NATS_UNREACHABLE', doing);
  }
};
