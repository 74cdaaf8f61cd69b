import type { RecalledNote } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { SearchContext } from '../search/search-context.ts';
import type { SearchHit } from '../search/hits.ts';
import type { SearchAnswer } from '../search/search.ts';
import { search } from '../search/search.ts';

export interface RecallQuery {
  readonly namespace: string;
  readonly project?: string;
  readonly query: string;
  readonly now: EpochMs;
  /** 1 to 100; default 5. */
  readonly limit?: number;
}

/** Additional hits, in place of notes that have expired and are not removed yet. */
const EXPIRED_MAX = 20;

/** Searches notes and resolutions of a project; expired ones are left out. Rejects VECTORS_UNAVAILABLE. */
export const recall = async (
  context: SearchContext,
  { namespace, project, query, now, limit = 5 }: RecallQuery,
): Promise<Pick<SearchAnswer, 'semantic' | 'confidence'> & { readonly notes: readonly RecalledNote[] }> => {
  const filters = { kind: ['note', 'resolution'], ...(project !== undefined && { project: [project] }) };
  const found = await search(context, {
    namespace,
    query,
    now,
    filters,
    limit: limit + EXPIRED_MAX,
    parse: false,
  });
  const notes = found.hits
    .map(recalled)
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
  return { notes: notes.slice(0, limit), semantic: found.semantic, confidence: found.confidence };
};

const recalled = ({ id, payload, score }: SearchHit): RecalledNote => {
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
