import type { IndexMemory } from '@precedent/ports';
import type { Schemas } from '@qdrant/js-client-rest';
import { dimensionsOf, isOnDisk, quantisation } from './qdrant-layout.ts';
import type { QdrantCalls } from './qdrant-calls.ts';
import { bytesInMemory, onDiskWithin } from './qdrant-memory.ts';
import type { CollectionSize } from './qdrant-memory.ts';

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
  const inMemory = found.filter(({ name }) => !onDisk.has(name));
  return {
    bytes: inMemory.reduce((sum, size) => sum + bytesInMemory(size), 0),
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
  const { name, isQuantised } = found;
  if (found.isOnDisk !== toDisk) {
    const change = {
      vectors: { '': { on_disk: toDisk } },
      hnsw_config: { on_disk: toDisk },
      ...(isQuantised && { quantization_config: quantisation(toDisk) }),
    };
    await calls.writeIdempotent(`moving ${name} to the ${toDisk ? 'disk' : 'memory'}`, (client) =>
      client.updateCollection(name, change),
    );
  }
};
