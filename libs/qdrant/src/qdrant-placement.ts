import type { IndexMemory } from '@precedent/ports';
import type { Schemas } from '@qdrant/js-client-rest';
import { dimensionsOf, isOnDisk, quantisation } from './qdrant-layout.ts';
import type { QdrantCalls } from './qdrant-calls.ts';
import { memoryBytesOf, onDiskWithin } from './qdrant-memory.ts';
import type { CollectionSize } from './qdrant-memory.ts';

type PayloadIndex = Schemas['PayloadIndexInfo'];

const isIndexOnDisk = ({ params }: PayloadIndex): boolean =>
  ({ on_disk: false, ...(typeof params === 'object' ? params : {}) }).on_disk === true;

interface Found extends CollectionSize {
  readonly isQuantised: boolean;
  readonly indexes: Schemas['CollectionInfo']['payload_schema'];
}

/** Moves collections between memory and disk. The server rebuilds their files in the background, and answers from the old ones until then. */
export const limitMemory = async (
  calls: QdrantCalls,
  collections: readonly string[],
  bytes: number,
): Promise<IndexMemory> => {
  const found: Found[] = [];
  for (const name of collections) found.push(await sizeOf(calls, name));
  const onDisk = onDiskWithin(found, bytes);
  for (const collection of found) await place(calls, collection, onDisk.has(collection.name));
  return {
    bytes: found.reduce((sum, size) => sum + memoryBytesOf(size, onDisk.has(size.name)), 0),
    points: found.reduce((sum, { points }) => sum + points, 0),
    onDisk: [...onDisk].toSorted(),
  };
};

const sizeOf = async (calls: QdrantCalls, name: string): Promise<Found> => {
  const found = await calls.read(`looking at ${name}`, (client) => client.getCollection(name));
  return {
    name,
    points: found.points_count ?? 0,
    dimensions: dimensionsOf(found) ?? 0,
    isOnDisk: isOnDisk(found),
    isQuantised: Boolean(found.config.quantization_config),
    indexes: found.payload_schema,
  };
};

const place = async (calls: QdrantCalls, found: Found, toDisk: boolean): Promise<void> => {
  const { name, isQuantised, indexes } = found;
  const doing = `moving ${name} to the ${toDisk ? 'disk' : 'memory'}`;
  // The indexes first: a collection counts as moved by its vectors, and after a crash in between it is moved again.
  for (const [field, index] of Object.entries(indexes))
    if (index !== undefined && isIndexOnDisk(index) !== toDisk)
      await moveIndex({ calls, name, doing }, { field, index, toDisk });
  if (found.isOnDisk === toDisk) return;
  const change = {
    vectors: { '': { on_disk: toDisk } },
    hnsw_config: { on_disk: toDisk },
    ...(isQuantised && { quantization_config: quantisation(toDisk) }),
  };
  await calls.writeIdempotent(doing, (client) => client.updateCollection(name, change));
};

interface Move {
  readonly calls: QdrantCalls;
  readonly name: string;
  readonly doing: string;
}

interface IndexMove {
  readonly field: string;
  readonly index: PayloadIndex;
  readonly toDisk: boolean;
}

/** An index cannot be changed: it is made again. Until then, filters by this field read the payloads. */
const moveIndex = async (
  { calls, name, doing }: Move,
  { field, index, toDisk }: IndexMove,
): Promise<void> => {
  const schema = {
    ...(typeof index.params === 'object' ? index.params : {}),
    type: index.data_type,
    on_disk: toDisk,
  } as Schemas['PayloadFieldSchema'];
  const request = { field_name: field, field_schema: schema, wait: true };
  await calls.writeIdempotent(doing, async (client) => {
    await client.deletePayloadIndex(name, field, { wait: true });
    await client.createPayloadIndex(name, request);
  });
};
