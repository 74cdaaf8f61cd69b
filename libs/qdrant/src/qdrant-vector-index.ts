import { AppError } from '@precedent/kernel';
import {
  checkCollectionName,
  checkFilter,
  checkPage,
  checkPoints,
  checkQuery,
  checkWish,
} from '@precedent/ports';
import type { Point, PointPayload, VectorIndex } from '@precedent/ports';
import type { Schemas } from '@qdrant/js-client-rest';
import { batchesOf, sentVector } from './qdrant-batches.ts';
import { qdrantCalls } from './qdrant-calls.ts';
import type { CallLimits, QdrantAddress, QdrantCalls } from './qdrant-calls.ts';
import { ensureCollection } from './qdrant-ensure.ts';
import { qdrantFilter } from './qdrant-filter.ts';
import { quantiser } from './qdrant-quantise.ts';
import { idAfter } from './uuid.ts';

export interface QdrantIndexOptions extends QdrantAddress, CallLimits {
  /** Points from which on a collection is quantised; 100,000 by default. */
  readonly quantisedFrom?: number;
}

/**
 * The vector index on a Qdrant server from 1.16 on. It connects at the first call, and again whenever it has to. A collection that
 * somebody else made is refused, never changed.
 */
export const qdrantVectorIndex = (options: QdrantIndexOptions): VectorIndex => {
  const calls = qdrantCalls(options, options);
  const quantise = quantiser(calls, options.quantisedFrom);
  return {
    ensure: async (wish) => {
      checkWish(wish);
      await ensureCollection(calls, wish);
      await quantise.check(wish.name);
    },
    collections: async () => {
      const { collections } = await calls.ask('listing collections', (client) => client.getCollections());
      return collections.map(({ name }) => name).toSorted();
    },
    drop: async (collection) => {
      checkCollectionName(collection);
      await calls.once(`dropping ${collection}`, (client) => client.deleteCollection(collection));
    },
    upsert: async (collection, points) => {
      checkCollectionName(collection);
      checkPoints(points);
      await upsertAll(calls, collection, points);
      await quantise.grown(collection, points.length);
    },
    ...reading(calls),
    remove: async (collection, filter) => {
      checkCollectionName(collection);
      checkFilter(filter);
      const request = { filter: qdrantFilter(filter), wait: true };
      await calls.once(`removing from ${collection}`, (client) => client.delete(collection, request));
    },
    alias: (name, collection) => moveAlias(calls, name, collection),
    ping: async () => {
      await calls.ask('asking for the collections', (client) => client.getCollections());
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
    const { points } = await calls.ask(`asking ${collection}`, (client) => client.query(collection, request));
    return points.map(({ id, score, payload }) => ({ id: String(id), score, payload: payloadOf(payload) }));
  },
  scroll: async (collection, filter, page) => {
    checkCollectionName(collection);
    checkFilter(filter);
    checkPage(page);
    const offset = page.after === undefined ? undefined : idAfter(page.after);
    if (page.after !== undefined && offset === undefined) return { points: [] };
    const from = offset === undefined ? {} : { offset };
    const request = { filter: qdrantFilter(filter), limit: page.limit, with_payload: true, ...from };
    const found = await calls.ask(`reading ${collection}`, (client) => client.scroll(collection, request));
    const points = found.points.map(({ id, payload }) => ({ id: String(id), payload: payloadOf(payload) }));
    const next = isMore(found.next_page_offset) ? points.at(-1)?.id : undefined;
    return { points, ...(next !== undefined && { next }) };
  },
  count: async (collection, filter) => {
    checkCollectionName(collection);
    checkFilter(filter);
    const request = { filter: qdrantFilter(filter), exact: true };
    const answer = await calls.ask(`counting ${collection}`, (client) => client.count(collection, request));
    return answer.count;
  },
});

const isMore = (offset: unknown): boolean => offset !== undefined && offset !== null;

/** What comes back is what an upsert of ours put there: only collections of ours are asked. */
const payloadOf = (payload: Schemas['Payload'] | Record<string, unknown> | null | undefined): PointPayload =>
  (payload ?? {}) as PointPayload;

const upsertAll = async (calls: QdrantCalls, collection: string, points: readonly Point[]): Promise<void> => {
  for (const batch of batchesOf(points)) {
    const body = batch.map(({ id, vector, payload }) => ({ id, vector: sentVector(vector), payload }));
    const request = { points: body, wait: true };
    await calls.repeatable(`storing in ${collection}`, (client) => client.upsert(collection, request));
  }
};

/** Both steps are one change to the server: nobody finds the name without a collection. */
const moveAlias = async (calls: QdrantCalls, name: string, collection: string): Promise<void> => {
  checkCollectionName(name, 'name');
  checkCollectionName(collection);
  const actions = [
    { delete_alias: { alias_name: name } },
    { create_alias: { alias_name: name, collection_name: collection } },
  ];
  const doing = `naming ${collection} also ${name}`;
  const isDone = await calls.once(doing, (client) => client.updateCollectionAliases({ actions }));
  if (!isDone) throw new AppError('VECTORS_UNAVAILABLE', `${doing}: the server did not`);
};
