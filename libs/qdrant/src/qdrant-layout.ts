import { AppError } from '@precedent/kernel';
import type { CollectionSpec } from '@precedent/ports';
import type { Schemas } from '@qdrant/js-client-rest';
import type { QdrantCalls } from './qdrant-calls.ts';
import { statusOf } from './qdrant-errors.ts';

type Index = Exclude<Schemas['PayloadFieldSchema'], string>;
type Found = Schemas['CollectionInfo'];

/** Collections with at least this many points are searched by quantised vectors first, and the best hits compared exactly. */
export const QUANTISED_FROM = 100_000;

/** The settings of a new collection. Payloads are read from the disk; only vectors and indexes are in memory. */
const collectionOf = ({ dimensions }: CollectionSpec) =>
  ({
    vectors: { size: dimensions, distance: 'Cosine' },
    on_disk_payload: true,
    // Small, because it is allocated at once, and every segment set has one.
    wal_config: { wal_capacity_mb: 8 },
  }) as const;

/** The quantised copies are in memory unless the vectors themselves are on the disk. */
export const quantisation = (isOnDisk: boolean) =>
  ({ scalar: { type: 'int8', quantile: 0.99, always_ram: !isOnDisk } }) as const;

/** Every index, by its field. Whole numbers too are indexed as `float`: a range over an integer index is rounded down. */
const indexesOf = ({ indexed }: CollectionSpec): Readonly<Record<string, Index>> => ({
  ...Object.fromEntries(
    Object.entries(indexed).map(([name, type]) => [name, { type: type === 'integer' ? 'float' : type }]),
  ),
  namespace: { type: 'keyword', is_tenant: true },
  at: { type: 'float' },
  // See `wordsOf`: the words of both indexes are the same.
  text: { type: 'text', tokenizer: 'word', lowercase: true, phrase_matching: true },
});

/** How the existing collection contradicts the spec; `undefined` when it does not. */
const conflictOf = (found: Found, spec: CollectionSpec): string | undefined => {
  const { vectors } = found.config.params;
  const { size, distance } = plainVectors(vectors);
  if (size !== spec.dimensions || distance !== 'Cosine')
    return `vectors of ${size ?? 'no single'} dimensions by ${distance ?? 'several names'}, not ${spec.dimensions} by Cosine`;
  for (const [name, index] of Object.entries(indexesOf(spec))) {
    const conflict = indexConflict(found, name, index);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
};

/** The dimensions of a collection with one vector per point; `undefined` for any other collection. */
export const dimensionsOf = (found: Found): number | undefined =>
  plainVectors(found.config.params.vectors).size;

/** Whether the vectors of a collection are read from the disk. */
export const isOnDisk = (found: Found): boolean => plainVectors(found.config.params.vectors).onDisk === true;

const plainVectors = (
  vectors: Found['config']['params']['vectors'],
): { size?: number; distance?: string; onDisk?: boolean } => {
  const { size, distance, on_disk } = {
    size: undefined,
    distance: undefined,
    on_disk: undefined,
    ...vectors,
  };
  return {
    ...(on_disk === true && { onDisk: true }),
    ...(typeof size === 'number' && { size }),
    ...(typeof distance === 'string' && { distance }),
  };
};

/** Indexes that a collection of ours has before its first point. A collection with points and without them is foreign. */
const ALWAYS_INDEXED: ReadonlySet<string> = new Set(['namespace', 'at', 'text']);

const indexConflict = (found: Found, name: string, index: Index): string | undefined => {
  const existing = found.payload_schema[name];
  if (existing === undefined) {
    const isForeign = ALWAYS_INDEXED.has(name) && (found.points_count ?? 0) > 0;
    return isForeign ? `points, and no index of ${name}` : undefined;
  }
  const params: object =
    typeof existing.params === 'object' && existing.params !== null ? existing.params : {};
  const differing = Object.entries({ ...index, type: existing.data_type === index.type }).find(
    ([key, value]) => (key === 'type' ? value !== true : Reflect.get(params, key) !== value),
  );
  if (differing === undefined) return undefined;
  return `an index of ${name} that is ${JSON.stringify(existing.params ?? existing.data_type)}, not ${JSON.stringify(index)}`;
};

/**
 * Creates the collection, or adds the indexes that an existing one lacks. Throws INVALID_REQUEST, and changes nothing, when the
 * name is an alias or a collection with another layout.
 */
export const ensureCollection = async (calls: QdrantCalls, spec: CollectionSpec): Promise<void> => {
  const { name } = spec;
  const { collections } = await calls.read('listing collections', (client) => client.getCollections());
  if (!collections.some((existing) => existing.name === name)) await create(calls, spec);
  const found = await calls.read(`looking at ${name}`, (client) => client.getCollection(name));
  const conflict = conflictOf(found, spec);
  if (conflict !== undefined) throw refusal(name, `is there with ${conflict}`);
  for (const [field_name, field_schema] of Object.entries(indexesOf(spec))) {
    if (found.payload_schema[field_name] !== undefined) continue;
    const request = { field_name, field_schema, wait: true };
    await calls.writeIdempotent(`indexing ${field_name} of ${name}`, (client) =>
      client.createPayloadIndex(name, request),
    );
  }
};

const create = async (calls: QdrantCalls, spec: CollectionSpec): Promise<void> => {
  const { name } = spec;
  const { aliases } = await calls.read('listing aliases', (client) => client.getAliases());
  if (aliases.some((alias) => alias.alias_name === name)) throw refusal(name, 'is an alias');
  await calls.writeOnce(`making ${name}`, async (client) => {
    try {
      await client.createCollection(name, collectionOf(spec));
    } catch (error) {
      // Another client has just created it; its layout is checked next.
      if (statusOf(error) !== 409) throw error;
    }
  });
};

const refusal = (name: string, fact: string): AppError =>
  new AppError('INVALID_REQUEST', `collection ${name} ${fact}`, {
    issues: [{ field: 'name', message: fact }],
  });
