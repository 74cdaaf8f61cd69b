import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { EMBEDDER_FIELD, userCollection, userNameOf } from '@precedent/ports';
import type { SearchContext } from './search-context.ts';
import type { SearchHit } from './hits.ts';
import type { SearchAnswer } from './search.ts';
import { search } from './search.ts';

/** The index and the models for collections that tasks fill. A namespace sees only its own points of them. */
export type CollectionSearchContext = Omit<SearchContext, 'collection'>;

export interface CollectionFacts {
  readonly name: string;
  /** The points of the namespace. */
  readonly points: number;
  /** Whether it can be searched by meaning: all vectors are of the model that embeds queries. */
  readonly semantic: boolean;
}

export interface CollectionQuery {
  /** From the caller's rights. */
  readonly namespace: string;
  readonly collection: string;
  readonly query: string;
  readonly now: EpochMs;
  readonly limit?: number;
  /** `false`: by words only. */
  readonly semantic?: boolean;
}

export type CollectionAnswer = Pick<SearchAnswer, 'semantic' | 'partial' | 'confidence'> & {
  readonly hits: readonly SearchHit[];
};

/** The collections in which the namespace has points, by name. */
export const collectionsOf = async (
  context: CollectionSearchContext,
  namespace: string,
): Promise<readonly CollectionFacts[]> => {
  const known: CollectionFacts[] = [];
  for (const one of await context.index.collections()) {
    const name = userNameOf(one);
    if (name === undefined) continue;
    const points = await context.index.count(one, { namespace });
    if (points > 0) known.push({ name, points, semantic: await isComparable(context, one, namespace) });
  }
  return known;
};

/** Vectors of different models are never compared, even with equal dimensions. */
const isComparable = async (
  { index, embedder }: CollectionSearchContext,
  collection: string,
  namespace: string,
): Promise<boolean> => {
  if (embedder === undefined) return false;
  return (await index.count(collection, { namespace, not: { [EMBEDDER_FIELD]: embedder.model.name } })) === 0;
};

/** Searches one collection, by meaning if its vectors allow it. Rejects INVALID_REQUEST when the namespace has no points in it, VECTORS_UNAVAILABLE. */
export const searchCollection = async (
  context: CollectionSearchContext,
  { collection, semantic = true, ...request }: CollectionQuery,
): Promise<CollectionAnswer> => {
  const name = userCollection(collection);
  await requireCollection(context, request.namespace, collection);
  const byMeaning = semantic && (await isComparable(context, name, request.namespace));
  const answer = await search(
    { ...context, collection: name },
    { ...request, semantic: byMeaning, parse: false, scope: 'anything' },
  );
  const { hits, partial, confidence } = answer;
  return { hits, partial, confidence, semantic: answer.semantic };
};

/** A collection with points of other namespaces only gets the same message as one that does not exist. */
const requireCollection = async (
  context: CollectionSearchContext,
  namespace: string,
  collection: string,
): Promise<void> => {
  const name = userCollection(collection);
  const isThere = (await context.index.collections()).includes(name);
  if (isThere && (await context.index.count(name, { namespace })) > 0) return;
  const known = (await collectionsOf(context, namespace)).map((one) => one.name);
  const others = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  const message = `namespace ${namespace} has no collection ${collection}; ${others}`;
  throw new AppError('INVALID_REQUEST', message, { issues: [{ field: 'collection', message }] });
};
