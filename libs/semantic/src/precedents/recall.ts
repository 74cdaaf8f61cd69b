import type { EpochMs } from '@precedent/kernel';
import type { SearchAnswer, SearchContext, SearchHit } from '../search/search.ts';
import { search } from '../search/search.ts';

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
  context: SearchContext,
  { namespace, project, query, now, limit = 5 }: RecallRequest,
): Promise<Pick<SearchAnswer, 'semantic' | 'confidence'> & { readonly notes: readonly Recalled[] }> => {
  const filters = { kind: ['note', 'resolution'], ...(project !== undefined && { project: [project] }) };
  const found = await search(context, { namespace, query, now, filters, limit: limit + SPARE, parse: false });
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
