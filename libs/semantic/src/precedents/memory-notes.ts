import type { EpochMs } from '@precedent/kernel';
import { AppError } from '@precedent/kernel';
import type { Embedder, VectorIndex } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import type { NoteFacts, ResolutionFacts } from '../documents/told-documents.ts';
import { noteDocument, resolutionDocument } from '../documents/told-documents.ts';
import type { SearchAnswer, SearchGround, SearchHit } from '../search/search.ts';
import { search } from '../search/search.ts';

/** Where notes are kept: an index and a model to place them in it. */
export interface NoteGround {
  readonly index: VectorIndex;
  readonly collection: string;
  readonly embedder: Embedder;
}

const keep = async (
  { index, collection, embedder }: NoteGround,
  document: SemanticDocument,
): Promise<SemanticDocument> => {
  const [vector] = await embedder.embed([document.text]);
  if (vector === undefined) throw new AppError('EMBEDDER_UNAVAILABLE', 'the model gave 0 vectors for 1 text');
  await index.upsert(collection, [{ id: document.id, vector, payload: document.payload }]);
  return document;
};

/** Keeps a note. Resolves when it is found. Rejects INVALID_REQUEST for an empty one, and the errors of index and model. */
export const remember = async (ground: NoteGround, facts: NoteFacts): Promise<SemanticDocument> => {
  if (facts.text.trim() === '')
    throw new AppError('INVALID_REQUEST', 'a note has at least 1 character; got 0');
  return keep(ground, noteDocument(facts));
};

/** Keeps what fixed a failure. Rejects INVALID_REQUEST without another task as evidence, and the errors of index and model. */
export const resolve = async (ground: NoteGround, facts: ResolutionFacts): Promise<SemanticDocument> =>
  keep(ground, resolutionDocument(facts));

export interface RecallRequest {
  readonly namespace: string;
  readonly project?: string;
  readonly query: string;
  readonly now: EpochMs;
  /** 1 to 100; default 5. */
  readonly limit?: number;
}

/** A note or a resolution, with who said it, when, and where it is from. */
export interface Recalled {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly by: string;
  readonly at: EpochMs;
  readonly sources: readonly string[];
  readonly expiresAt?: EpochMs;
  readonly score: number;
}

/** Room for notes that have expired and were not removed yet. */
const SPARE = 20;

/** Notes and resolutions of a project that are to the point; expired ones are not told. Rejects VECTORS_UNAVAILABLE. */
export const recall = async (
  ground: SearchGround,
  { namespace, project, query, now, limit = 5 }: RecallRequest,
): Promise<Pick<SearchAnswer, 'semantic' | 'confidence'> & { readonly notes: readonly Recalled[] }> => {
  const filters = { kind: ['note', 'resolution'], ...(project !== undefined && { project: [project] }) };
  const found = await search(ground, { namespace, query, now, filters, limit: limit + SPARE, parse: false });
  const notes = found.hits
    .map(recalled)
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
  return { notes: notes.slice(0, limit), semantic: found.semantic, confidence: found.confidence };
};

const recalled = ({ id, payload, score }: SearchHit): Recalled => {
  const { by, kind, sources, evidence, expires_at: expiresAt } = payload;
  return {
    id,
    kind: String(kind),
    text: payload.text,
    by: typeof by === 'string' ? by : 'unknown',
    at: payload.at,
    sources: [
      ...(Array.isArray(sources) ? sources : []),
      ...(typeof evidence === 'string' ? [evidence] : []),
    ],
    ...(typeof expiresAt === 'number' && { expiresAt }),
    score,
  };
};
