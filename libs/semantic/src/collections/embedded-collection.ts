import type { Embedder, Point, VectorIndex } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import type { WordVectors } from '../search/word-vectors.ts';

/** One model with an embedder for documents and one for queries, which is served first. */
export interface Model {
  readonly documents: Embedder;
  readonly queries: Embedder;
}

/** A collection of the semantic history, and the model of its vectors. */
export interface EmbeddedCollection {
  readonly collection: string;
  readonly dimensions: number;
  /** Absent: the model cannot be loaded, or none was configured. Searches are then by words. */
  readonly model?: Model | undefined;
  /** Embeds the words of documents when they are written, so that searches find them embedded. */
  readonly words?: WordVectors | undefined;
}

/** The mark of a point that was written while its collection's model could not be loaded. Stored points hold this field name. */
export const UNEMBEDDED = { bare: true } as const;

/** The most new words that one write embeds. */
export const NEW_WORDS_MAX = 64;

/** The vector of unembedded points: an index accepts no zero vector. */
const placeholderVector = (dimensions: number): Float32Array =>
  Float32Array.from({ length: dimensions }, (_, i) => (i === 0 ? 1 : 0));

/**
 * Writes documents that the collection does not have, with placeholder vectors and the mark `UNEMBEDDED`. Those that have a vector stay as
 * they are.
 */
export const announceDocuments = async (
  index: VectorIndex,
  { collection, dimensions }: EmbeddedCollection,
  documents: readonly SemanticDocument[],
): Promise<void> => {
  const vector = placeholderVector(dimensions);
  const points = documents.map(({ id, payload }): Point => ({
    id,
    vector,
    payload: { ...payload, ...UNEMBEDDED },
  }));
  await index.upsert(collection, points, { onlyOver: UNEMBEDDED });
};

/** Embeds the documents and writes them to the collection. Without a model the points get a placeholder vector and the mark `UNEMBEDDED`. */
export const writeDocuments = async (
  index: VectorIndex,
  { collection, dimensions, model }: EmbeddedCollection,
  documents: readonly SemanticDocument[],
): Promise<void> => {
  const vectors = await model?.documents.embed(documents.map(({ text }) => text));
  const points = documents.map(({ id, payload }, at): Point => ({
    id,
    vector: vectors?.[at] ?? placeholderVector(dimensions),
    payload: vectors ? payload : { ...payload, ...UNEMBEDDED },
  }));
  await index.upsert(collection, points);
};
