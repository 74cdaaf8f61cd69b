import type { Embedder, VectorIndex } from '@precedent/ports';
import type { WordVectors } from './word-vectors.ts';

/** The index and the models of a search. Without an embedder the search is by words only, and its answer says so. */
export interface SearchContext {
  readonly index: VectorIndex;
  readonly collection: string;
  readonly embedder?: Embedder;
  /** Compares single words of the query and the texts as well. Absent: only the vectors of whole texts are compared. */
  readonly words?: WordVectors;
  /** Some points have no vector yet: they are found by the words of the query. */
  readonly hasUnembedded?: boolean;
}
