import type { Embedder, Point, VectorIndex } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import type { WordVectors } from '../search/word-vectors.ts';

/** One model for documents and for queries; queries are embedded first. */
export interface Model {
  readonly documents: Embedder;
  readonly queries: Embedder;
}

/** A collection of the semantic history, and the model that its vectors are of. */
export interface EmbeddedCollection {
  readonly collection: string;
  readonly dimensions: number;
  /** Absent: it cannot be loaded, or there never was one. Searches here are by words. */
  readonly model?: Model | undefined;
  /** Learns the words of documents when they are written, so that searches need not. */
  readonly words?: WordVectors | undefined;
}

/** The mark of a point that was written while its collection's model could not be loaded. */
export const UNEMBEDDED = { bare: true } as const;

/** New words that are learnt with one write, at most. */
export const WORDS_LEARNT = 64;

/** Nothing is near or far from it. */
const nowhere = (dimensions: number): Float32Array =>
  Float32Array.from({ length: dimensions }, (_, i) => (i === 0 ? 1 : 0));

/** Embeds the documents and writes them to the collection; without a model the points get no direction, and a mark that says so. */
export const writeDocuments = async (
  index: VectorIndex,
  { collection, dimensions, model }: EmbeddedCollection,
  documents: readonly SemanticDocument[],
): Promise<void> => {
  const vectors = await model?.documents.embed(documents.map(({ text }) => text));
  const points = documents.map(({ id, payload }, at): Point => ({
    id,
    vector: vectors?.[at] ?? nowhere(dimensions),
    payload: vectors ? payload : { ...payload, ...UNEMBEDDED },
  }));
  await index.upsert(collection, points);
};
