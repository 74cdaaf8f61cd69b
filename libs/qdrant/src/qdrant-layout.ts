import type { CollectionSpec } from '@precedent/ports';
import type { Schemas } from '@qdrant/js-client-rest';

type Index = Exclude<Schemas['PayloadFieldSchema'], string>;
type Found = Schemas['CollectionInfo'];

/** Collections with at least this many points are searched by quantised vectors first, and the best hits compared exactly. */
export const QUANTISED_FROM = 100_000;

/** The settings of a new collection. Payloads are read from the disk; only vectors and indexes are in memory. */
export const collectionOf = ({ dimensions }: CollectionSpec) =>
  ({
    vectors: { size: dimensions, distance: 'Cosine' },
    on_disk_payload: true,
    // Small, because it is allocated at once, and every segment set has one.
    wal_config: { wal_capacity_mb: 8 },
  }) as const;

export const QUANTISATION = { scalar: { type: 'int8', quantile: 0.99, always_ram: true } } as const;

/** Every index, by its field. Whole numbers too are indexed as `float`: a range over an integer index is rounded down. */
export const indexesOf = ({ indexed }: CollectionSpec): Readonly<Record<string, Index>> => ({
  ...Object.fromEntries(
    Object.entries(indexed).map(([name, type]) => [name, { type: type === 'integer' ? 'float' : type }]),
  ),
  namespace: { type: 'keyword', is_tenant: true },
  at: { type: 'float' },
  // See `wordsOf`: the words of both indexes are the same.
  text: { type: 'text', tokenizer: 'word', lowercase: true, phrase_matching: true },
});

/** How the existing collection contradicts the spec; `undefined` when it does not. */
export const conflictOf = (found: Found, spec: CollectionSpec): string | undefined => {
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

const plainVectors = (
  vectors: Found['config']['params']['vectors'],
): { size?: number; distance?: string } => {
  const { size, distance } = { size: undefined, distance: undefined, ...vectors };
  return {
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
