import type { CollectionWish, Embedder } from '@precedent/ports';

/** Collections of tasks have a prefix, so that none of them is one of the engine's own. */
export const userCollection = (name: string): string => `user_${name}`;

/** Where the chunks of documents and the points of users live, laid out for the model. */
export const wishFor = (name: string, { model }: Pick<Embedder, 'model'>): CollectionWish => ({
  name: userCollection(name),
  dimensions: model.dimensions,
  indexed: {
    path: 'keyword',
    hash: 'keyword',
    kind: 'keyword',
    chunk: 'integer',
    key: 'keyword',
  },
});
