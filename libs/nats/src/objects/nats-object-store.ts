import { jetstreamManager } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import type { ObjectInfo, ObjectStore as NatsStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/nats-core';
import { AppError, messageOf, within } from '@precedent/kernel';
import type { ObjectStore, StoredObject } from '@precedent/ports';
import { whileUp } from '../connection/link-state.ts';
import { natsError } from '../connection/nats-errors.ts';
import { ensureStream } from '../streams/ensure-stream.ts';

export interface ObjectStoreOptions {
  readonly nc: NatsConnection;
  /** The name of the bucket, which is made at its first use, unless it exists. */
  readonly bucket: string;
  /** 64 MiB by default. */
  readonly maxObjectBytes?: number;
  readonly replicas?: number;
  /** Milliseconds for one whole object; 60 s by default. */
  readonly timeoutMs?: number;
}

const CHUNK_TIMEOUT_MS = 10_000;
const TIMEOUT_MS = 60_000;
/** How often an object is read: when it is replaced at that moment, its content is not found. */
const READS = 3;

/** Objects in an object store of JetStream. */
export const natsObjectStore = (options: ObjectStoreOptions): ObjectStore => {
  const { nc, maxObjectBytes = 64 * 1024 * 1024, timeoutMs = TIMEOUT_MS } = options;
  const open = opener(options);
  const use = async <T>(doing: string, step: (store: NatsStore) => Promise<T>): Promise<T> => {
    try {
      return await within(
        whileUp(nc, async () => step(await open())),
        timeoutMs,
        lateAfter(timeoutMs),
      );
    } catch (error) {
      if (isCorruption(error))
        throw new AppError('JOURNAL_CORRUPT', `${doing}: ${messageOf(error)}`, { cause: error });
      throw natsError(error, 'NATS_UNREACHABLE', doing);
    }
  };
  return {
    maxObjectBytes,
    put: (name, content, { contentType } = {}) => {
      if (content.length > maxObjectBytes)
        return Promise.reject(tooLarge(name, content.length, maxObjectBytes));
      const metadata = contentType === undefined ? undefined : { [CONTENT_TYPE]: contentType };
      return use(`storing ${name}`, async (store) => {
        const meta = { name, ...(metadata && { metadata }) };
        return aboutOf(await store.putBlob(meta, content, { timeout: CHUNK_TIMEOUT_MS }));
      });
    },
    get: (name) => use(`reading ${name}`, (store) => readAll(store, name)),
    stat: (name) => use(`looking for ${name}`, (store) => statOf(store, name)),
    remove: (name) =>
      use(`removing ${name}`, async (store) => {
        if ((await statOf(store, name)) === undefined) return false;
        return (await store.delete(name)).success;
      }),
    list: (prefix) => use(`listing ${prefix}`, (store) => listAll(store, prefix)),
  };
};

const CONTENT_TYPE = 'content-type';

/** Makes the bucket now, with its replicas. Otherwise its first user would decide their number. */
export const ensureObjectStore = async (options: ObjectStoreOptions): Promise<void> => {
  await opener(options)();
};

const opener = ({ nc, bucket, replicas = 1 }: ObjectStoreOptions): (() => Promise<NatsStore>) => {
  let opened: Promise<NatsStore> | undefined;
  return () => {
    opened ??= create({ nc, bucket, replicas }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
};

type BucketSpec = Required<Pick<ObjectStoreOptions, 'nc' | 'bucket' | 'replicas'>>;

/** The client makes the bucket with one replica; the others are added here. */
const create = async ({ nc, bucket, replicas }: BucketSpec): Promise<NatsStore> => {
  const store = await new Objm(nc).create(bucket, { description: 'objects of tasks' });
  const subjects = [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`];
  const spec = { name: `OBJ_${bucket}`, subjects, num_replicas: replicas };
  if (replicas > 1) await ensureStream(await jetstreamManager(nc), spec);
  return store;
};

const aboutOf = ({ name, size, digest, mtime, metadata }: ObjectInfo): StoredObject => {
  const contentType = metadata?.[CONTENT_TYPE];
  return {
    name,
    bytes: size,
    sha256: Buffer.from(digest.replace(/^SHA-256=/i, ''), 'base64url').toString('hex'),
    at: Date.parse(mtime),
    ...(contentType !== undefined && { contentType }),
  };
};

const statOf = async (store: NatsStore, name: string): Promise<StoredObject | undefined> => {
  const found = await store.info(name);
  return found === null || found.deleted ? undefined : aboutOf(found);
};

const readAll = async (store: NatsStore, name: string): Promise<Uint8Array | undefined> => {
  for (let read = 1; ; read++) {
    const before = await store.info(name);
    if (before === null || before.deleted) return undefined;
    try {
      const bytes = await within(store.getBlob(name), CHUNK_TIMEOUT_MS, lateAfter(CHUNK_TIMEOUT_MS));
      return bytes === null ? undefined : new Uint8Array(bytes);
    } catch (error) {
      const now = await store.info(name);
      if (read >= READS || now?.nuid === before.nuid) throw error;
    }
  }
};

const listAll = async (store: NatsStore, prefix: string): Promise<StoredObject[]> =>
  (await store.list())
    .filter(({ name }) => name.startsWith(prefix))
    .map(aboutOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** The client waits for ever for chunks that are gone, so reads have a time limit. */
const lateAfter = (ms: number) => (): Error => new Error(`nothing came within ${ms} ms`);

const tooLarge = (name: string, bytes: number, max: number): AppError =>
  new AppError('PAYLOAD_TOO_LARGE', `${name} has ${bytes} bytes of ${max} at most`);

/** The client has found a wrong checksum; only the text of its error shows that. */
const isCorruption = (error: unknown): boolean => messageOf(error).includes('corrupt object');
