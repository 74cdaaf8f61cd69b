import { AppError } from '@precedent/kernel';
import {
  checkAge,
  checkCollectionName,
  checkFilter,
  checkMark,
  checkPage,
  checkPoints,
  checkQuery,
  checkVectors,
  checkCollectionSpec,
} from '@precedent/ports';
import type { Point, PointMark, PointPayload, VectorIndex } from '@precedent/ports';
import type { Schemas } from '@qdrant/js-client-rest';
import { batchesOf, sentVector } from './qdrant-batches.ts';
import { qdrantCalls } from './qdrant-calls.ts';
import type { CallLimits, QdrantAddress, QdrantCalls } from './qdrant-calls.ts';
import { fillBatch } from './qdrant-fill.ts';
import { qdrantAge, qdrantFilter, qdrantMark } from './qdrant-filter.ts';
import { dimensionsOf, ensureCollection } from './qdrant-layout.ts';
import { limitMemory } from './qdrant-placement.ts';
import { quantiser } from './qdrant-quantise.ts';
import { idAfter } from './uuid.ts';

export interface QdrantIndexOptions extends QdrantAddress, CallLimits {
  /** A collection with at least this many points is quantised; 100,000 by default. */
  readonly quantisedFrom?: number;
}

/**
 * The vector index on a Qdrant server, version 1.16 or later. It connects at the first call, and again when the connection is lost. A
 * collection of another program is refused, never changed.
 */
export const qdrantVectorIndex = (options: QdrantIndexOptions): VectorIndex => {
  const calls = qdrantCalls(options, options);
  const quantise = quantiser(calls, options.quantisedFrom);
  return {
    ensure: async (spec) => {
      checkCollectionSpec(spec);
      await ensureCollection(calls, spec);
      await quantise.check(spec.name);
    },
    collections: async () => {
      const { collections } = await calls.read('listing collections', (client) => client.getCollections());
      return collections.map(({ name }) => name).toSorted();
    },
    drop: async (collection) => {
      checkCollectionName(collection);
      await calls.writeOnce(`dropping ${collection}`, (client) => client.deleteCollection(collection));
    },
    upsert: async (collection, points, { onlyOver } = {}) => {
      checkCollectionName(collection);
      checkPoints(points);
      if (onlyOver) checkMark(onlyOver);
      await upsertAll(calls, collection, points, onlyOver);
      await quantise.grown(collection, points.length);
    },
    fill: async (collection, points, mark) => {
      checkCollectionName(collection);
      checkVectors(points);
      checkMark(mark);
      for (const batch of batchesOf(points)) await fillBatch({ calls, collection, mark }, batch);
    },
    ...reading(calls),
    ...upkeep(calls),
    ...removing(calls),
    alias: (name, collection) => moveAlias(calls, name, collection),
    behind: (name) => collectionBehind(calls, name),
    limitMemory: (collections, bytes) => limitMemory(calls, collections, bytes),
    ping: async () => {
      await calls.read('listing collections', (client) => client.getCollections());
    },
  };
};

const reading = (calls: QdrantCalls): Pick<VectorIndex, 'query' | 'scroll' | 'count'> => ({
  query: async (collection, query) => {
    checkCollectionName(collection);
    checkQuery(query);
    const request = {
      query: sentVector(query.vector),
      filter: qdrantFilter(query.filter, query.anyTerm),
      limit: query.limit,
      with_payload: true,
      params: { quantization: { rescore: true, oversampling: 2 } },
    };
    const { points } = await calls.read(`querying ${collection}`, (client) =>
      client.query(collection, request),
    );
    return points.map(({ id, score, payload }) => ({ id: String(id), score, payload: payloadOf(payload) }));
  },
  scroll: async (collection, filter, page) => {
    checkCollectionName(collection);
    checkFilter(filter);
    checkPage(page);
    return scrollPage(calls, collection, qdrantFilter(filter), page);
  },
  count: async (collection, filter) => {
    checkCollectionName(collection);
    checkFilter(filter);
    return countPoints(calls, collection, qdrantFilter(filter));
  },
});

const removing = (calls: QdrantCalls): Pick<VectorIndex, 'remove' | 'expire'> => {
  const removed = async (collection: string, filter: Schemas['Filter']): Promise<void> => {
    const request = { filter, wait: true };
    await calls.writeOnce(`removing from ${collection}`, (client) => client.delete(collection, request));
  };
  return {
    remove: async (collection, filter) => {
      checkCollectionName(collection);
      checkFilter(filter);
      await removed(collection, qdrantFilter(filter));
    },
    expire: async (collection, age) => {
      checkCollectionName(collection);
      checkAge(age);
      await removed(collection, qdrantAge(age));
    },
  };
};

const upkeep = (calls: QdrantCalls): Pick<VectorIndex, 'walk' | 'size'> => ({
  walk: async (collection, mark, page) => {
    checkCollectionName(collection);
    checkMark(mark);
    checkPage(page);
    return scrollPage(calls, collection, qdrantMark(mark), page);
  },
  size: async (collection, mark) => {
    checkCollectionName(collection);
    checkMark(mark);
    return countPoints(calls, collection, qdrantMark(mark));
  },
});

type Page = Awaited<ReturnType<VectorIndex['scroll']>>;

const scrollPage = async (
  calls: QdrantCalls,
  collection: string,
  filter: Schemas['Filter'],
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<Page> => {
  const offset = after === undefined ? undefined : idAfter(after);
  if (after !== undefined && offset === undefined) return { points: [] };
  const request = { filter, limit, with_payload: true, ...(offset !== undefined && { offset }) };
  const found = await calls.read(`reading ${collection}`, (client) => client.scroll(collection, request));
  const points = found.points.map(({ id, payload }) => ({ id: String(id), payload: payloadOf(payload) }));
  const next = isMore(found.next_page_offset) ? points.at(-1)?.id : undefined;
  return { points, ...(next !== undefined && { next }) };
};

const countPoints = async (
  calls: QdrantCalls,
  collection: string,
  filter: Schemas['Filter'],
): Promise<number> => {
  const request = { filter, exact: true };
  const answer = await calls.read(`counting ${collection}`, (client) => client.count(collection, request));
  return answer.count;
};

const isMore = (offset: unknown): boolean => offset !== undefined && offset !== null;

/** The payload has our shape, because only our own collections are queried. */
const payloadOf = (payload: Schemas['Payload'] | Record<string, unknown> | null | undefined): PointPayload =>
  (payload ?? {}) as PointPayload;

const upsertAll = async (
  calls: QdrantCalls,
  collection: string,
  points: readonly Point[],
  onlyOver?: PointMark,
): Promise<void> => {
  // Qdrant inserts points that do not exist, whatever this filter says.
  const only = onlyOver && { update_filter: qdrantMark(onlyOver) };
  for (const batch of batchesOf(points)) {
    const body = batch.map(({ id, vector, payload }) => ({ id, vector: sentVector(vector), payload }));
    const request = { points: body, wait: true, ...only };
    await calls.writeIdempotent(`storing in ${collection}`, (client) => client.upsert(collection, request));
  }
};

/** The server applies both actions at once: no client finds the alias without a collection. */
const moveAlias = async (calls: QdrantCalls, name: string, collection: string): Promise<void> => {
  checkCollectionName(name, 'name');
  checkCollectionName(collection);
  const actions = [
    { delete_alias: { alias_name: name } },
    { create_alias: { alias_name: name, collection_name: collection } },
  ];
  const doing = `naming ${collection} also ${name}`;
  const isDone = await calls.writeOnce(doing, (client) => client.updateCollectionAliases({ actions }));
  if (!isDone) throw new AppError('VECTORS_UNAVAILABLE', `${doing}: the server did not`);
};

const collectionBehind = async (
  calls: QdrantCalls,
  name: string,
): Promise<{ collection: string; dimensions: number } | undefined> => {
  checkCollectionName(name, 'name');
  const { aliases } = await calls.read('listing aliases', (client) => client.getAliases());
  const collection = aliases.find(({ alias_name }) => alias_name === name)?.collection_name;
  if (collection === undefined) return undefined;
  const found = await calls.read(`looking at ${collection}`, (client) => client.getCollection(collection));
  const dimensions = dimensionsOf(found);
  if (dimensions !== undefined) return { collection, dimensions };
  const fact = `stands for ${collection}, which has no plain vectors`;
  throw new AppError('INVALID_REQUEST', `${name} ${fact}`, { issues: [{ field: 'name', message: fact }] });
};
