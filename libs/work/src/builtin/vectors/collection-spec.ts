import { EMBEDDER_FIELD, userCollection } from '@precedent/ports';
import type { CollectionSpec, Embedder } from '@precedent/ports';

/** Where the chunks of documents and the points of users live, laid out for the model. */
export const collectionSpecFor = (name: string, { model }: Pick<Embedder, 'model'>): CollectionSpec => ({
  name: userCollection(name),
  dimensions: model.dimensions,
  indexed: {
    path: 'keyword',
    hash: 'keyword',
    kind: 'keyword',
    chunk: 'integer',
    key: 'keyword',
    [EMBEDDER_FIELD]: 'keyword',
  },
});
