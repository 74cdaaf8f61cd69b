import type { SearchConfidence } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { isAppError, wellFormed } from '@precedent/kernel';
import type { Embedder, PointFilter, VectorIndex } from '@precedent/ports';
import type { QueryFilters } from './filters.ts';
import { mergedFilters, pointFilterOf } from './filters.ts';
import { rankByWords } from './lexical.ts';
import { RERANKED_MAX, plainTermsOf, plainWordsOf, rerankedByWords } from './nearness.ts';
import type { Highlight } from './present.ts';
import { grouped, highlightsOf, occurrencesOf } from './present.ts';
import type { ParsedQuery } from './query.ts';
import { parseQuery } from './query.ts';
import type { BestHit, Candidate, RankOptions, Ranked } from './rank.ts';
import { confidenceOf, rank } from './rank.ts';
import { isSpaceless } from '../text/scripts.ts';
import { termsOf } from './terms.ts';
import type { WordVectors } from './word-vectors.ts';

/** The index and the models of a search. Without an embedder the search is by words only, and its answer says so. */
export interface SearchContext {
  readonly index: VectorIndex;
  readonly collection: string;
  readonly embedder?: Embedder;
  /** Compares single words of the query and the texts as well. Absent: only the vectors of whole texts are compared. */
  readonly words?: WordVectors;
}

export interface SearchRequest {
  /** From the caller's rights. */
  readonly namespace: string;
  readonly query: string;
  readonly now: EpochMs;
  /** Override the filters that are parsed from the query. */
  readonly filters?: QueryFilters;
  /** 1 to 1,000; default 10. Overrides a limit that is parsed from the query. */
  readonly limit?: number;
  /** `false`: no filter is parsed from the query. Default `true`. */
  readonly parse?: boolean;
  /** `false`: by words only. Default `true`. */
  readonly semantic?: boolean;
  /** The caller's project: of equally ranked hits those of this project come first. */
  readonly project?: string;
  readonly ranking?: Partial<RankOptions>;
}

export interface SearchHit extends Candidate {
  readonly score: number;
  readonly highlights: readonly Highlight[];
  /** The number of grouped points, this one included; `firstAt` and `lastAt` are the first and last time among those that were read. */
  readonly count: number;
  /** `count` may be too low, because only a part of the points was read. */
  readonly atLeast?: true;
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
  readonly others: readonly string[];
}

export interface SearchAnswer {
  /** The query after filters were parsed from it, and those filters: a person can edit both and search again. */
  readonly understood: ParsedQuery;
  readonly filters: QueryFilters;
  readonly hits: readonly SearchHit[];
  /** `false`: no model is loaded, or it failed; hits are by words. */
  readonly semantic: boolean;
  /** Only a part of the matching points was read. */
  readonly partial: boolean;
  readonly confidence: SearchConfidence;
}

const CANDIDATES = 100;
/** The most terms that an index accepts in one query. */
const TERMS_MAX = 100;
/** The most pages, of 1,000 points, that a search by words reads. */
const PAGES_MAX = 5;
const PAGE_POINTS = 1_000;
const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 1_000;

/** Searches a collection. Rejects VECTORS_UNAVAILABLE; when the embedder fails, the search is by words. */
export const search = async (context: SearchContext, request: SearchRequest): Promise<SearchAnswer> => {
  const query = wellFormed(request.query);
  const understood = request.parse === false ? unparsed(query) : parseQuery(query, request.now);
  const filters = mergedFilters(understood.filters, request.filters ?? {});
  const limit = Math.min(LIMIT_MAX, Math.max(1, request.limit ?? understood.limit ?? LIMIT_DEFAULT));
  const parsed = {
    context,
    request,
    text: understood.text,
    filter: pointFilterOf(request.namespace, filters),
  };
  const vector = request.semantic === false ? undefined : await vectorOf(context, understood.text);
  const found = vector === undefined ? await byWords(parsed) : await byMeaning(parsed, vector);
  const { hits, ...rest } = answer(found, understood.text, limit);
  return {
    understood,
    filters,
    ...rest,
    hits: await withCounts(hits, found, parsed),
    semantic: vector !== undefined,
  };
};

const unparsed = (query: string): ParsedQuery => ({ text: query, filters: {}, phrases: [] });

const vectorOf = async ({ embedder }: SearchContext, text: string): Promise<Float32Array | undefined> => {
  try {
    const [vector] = (await embedder?.embed([text])) ?? [];
    return vector;
  } catch (error) {
    if (isModelMissing(error)) return undefined;
    throw error;
  }
};

interface ParsedRequest {
  readonly context: SearchContext;
  readonly request: SearchRequest;
  readonly text: string;
  readonly filter: PointFilter;
}

interface Found {
  readonly ranked: readonly (Candidate & BestHit & { readonly score: number })[];
  readonly partial: boolean;
  /** Every point that matches the filter was read. */
  readonly isWhole: boolean;
}

/** The nearest points, and the nearest of those that hold an exact term in their text or in their `refs`. */
const byMeaning = async (parsed: ParsedRequest, vector: Float32Array): Promise<Found> => {
  const { context, request, text, filter } = parsed;
  const { index, collection } = context;
  const terms = termsOf(text).flatMap(({ word, isExact }) => (isExact ? [word] : []));
  const exact = terms.slice(0, TERMS_MAX);
  const query = (more: object) => index.query(collection, { filter, vector, limit: CANDIDATES, ...more });
  const lists = await Promise.all([
    query({}),
    ...(exact.length > 0
      ? [
          query({ anyTerm: exact }),
          query({ filter: { ...filter, fields: { ...filter.fields, refs: exact } } }),
        ]
      : []),
  ]);
  const spaceless = await spacelessCandidates(parsed);
  const byId = new Map<string, Candidate>(spaceless.map(({ id, payload }) => [id, { id, payload }]));
  for (const { id, score, payload } of lists.flat()) byId.set(id, { id, cosine: score, payload });
  const { now, project, ranking } = request;
  const ranked = rank([...byId.values()], {
    query: text,
    now,
    ...(project !== undefined && { project }),
    ...(ranking && { options: ranking }),
  });
  const isWhole = (lists[0]?.length ?? 0) < CANDIDATES;
  return { ranked: await wordByWord(context, ranked, text), partial: false, isWhole };
};

/** Candidates for words of scripts without spaces, which a word index does not find inside a run of characters. */
const spacelessCandidates = async (parsed: ParsedRequest): Promise<readonly Candidate[]> =>
  isSpaceless(parsed.text) ? (await byWords(parsed)).ranked.slice(0, CANDIDATES) : [];

/** Counts the occurrences of each failure by a query when not every point was read. Other hits get `atLeast`. */
const withCounts = async (
  hits: readonly SearchHit[],
  { isWhole }: Found,
  { context: { index, collection }, filter }: ParsedRequest,
): Promise<readonly SearchHit[]> => {
  if (isWhole) return hits;
  return Promise.all(
    hits.map(async (hit) => {
      const same = occurrencesOf(hit.payload);
      if (same === undefined) return { ...hit, atLeast: true as const };
      const count = await index.count(collection, { ...filter, fields: { ...filter.fields, ...same } });
      return { ...hit, count: Math.max(hit.count, count) };
    }),
  );
};

/** The most new words that one search embeds, at one or two milliseconds each; the words of the query come first. */
const NEW_WORDS_MAX = 24;

/** Ranks the best hits again by single words. When the model fails, the ranking stays as it is. */
const wordByWord = async (
  { words }: SearchContext,
  ranked: readonly Ranked[],
  text: string,
): Promise<readonly Ranked[]> => {
  if (words === undefined) return ranked;
  const terms = termsOf(text);
  const inTexts = ranked.slice(0, RERANKED_MAX).flatMap(({ payload }) => plainWordsOf(payload.text));
  try {
    await words.learn([...plainTermsOf(terms).map(({ word }) => word), ...inTexts], NEW_WORDS_MAX);
  } catch (error) {
    if (!isModelMissing(error)) throw error;
    return ranked;
  }
  return rerankedByWords(ranked, terms, words.similarity);
};

const isModelMissing = (error: unknown): boolean =>
  isAppError(error) && error.code === 'EMBEDDER_UNAVAILABLE';

const byWords = async ({ context, text, filter }: ParsedRequest): Promise<Found> => {
  const candidates: Candidate[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const { points, next } = await context.index.scroll(context.collection, filter, {
      limit: PAGE_POINTS,
      ...(after !== undefined && { after }),
    });
    candidates.push(...points);
    after = next;
    if (after === undefined) break;
  }
  return {
    ranked: rankByWords(candidates, text),
    partial: after !== undefined,
    isWhole: after === undefined,
  };
};

const answer = (
  { ranked, partial }: Found,
  text: string,
  limit: number,
): Pick<SearchAnswer, 'hits' | 'partial' | 'confidence'> => {
  const terms = termsOf(text);
  const [best] = ranked;
  const hits = grouped(ranked)
    .slice(0, limit)
    .map(({ best: { id, cosine, payload, score }, ...rest }) => ({
      id,
      ...(cosine !== undefined && { cosine }),
      payload,
      score,
      highlights: highlightsOf(payload.text, terms),
      ...rest,
    }));
  return { hits, partial, confidence: confidenceOf(best) };
};
