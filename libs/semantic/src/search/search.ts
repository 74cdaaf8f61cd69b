import type { SearchConfidence } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { isAppError, wellFormed } from '@precedent/kernel';
import type { Embedder, PointFilter, VectorIndex } from '@precedent/ports';
import type { BestHit } from './confidence.ts';
import { confidenceOf } from './confidence.ts';
import type { SearchFilters } from './filters.ts';
import { mergedFilters, pointFilter } from './filters.ts';
import { rankByWords } from './lexical.ts';
import { LOOKED_AT, plainTermsOf, plainWordsOf, softened } from './nearness.ts';
import type { Highlight } from './present.ts';
import { grouped, highlightsOf, occurrencesOf } from './present.ts';
import type { ParsedQuery } from './query.ts';
import { parseQuery } from './query.ts';
import type { Candidate, RankOptions, Ranked } from './rank.ts';
import { rank } from './rank.ts';
import { isSpaceless } from '../text/scripts.ts';
import { termsOf } from './terms.ts';
import type { WordVectors } from './word-vectors.ts';

/** What a search runs on. Without an embedder it is by words only, and says so. */
export interface SearchContext {
  readonly index: VectorIndex;
  readonly collection: string;
  readonly embedder?: Embedder;
  /** Compares the query with texts word by word as well. Left out: by the vectors of the whole texts alone. */
  readonly words?: WordVectors;
}

export interface SearchRequest {
  /** From the caller's rights. */
  readonly namespace: string;
  readonly query: string;
  readonly now: EpochMs;
  /** Win over what is read out of the query. */
  readonly filters?: SearchFilters;
  /** 1 to 1,000; default 10. Wins over what is read out of the query. */
  readonly limit?: number;
  /** `false`: the query is looked for as it is, no filter is read out of it. Default `true`. */
  readonly parse?: boolean;
  /** `false`: by words only. Default `true`. */
  readonly semantic?: boolean;
  /** What the caller works on: its own history comes first among equals. */
  readonly project?: string;
  readonly ranking?: Partial<RankOptions>;
}

export interface SearchHit extends Candidate {
  readonly score: number;
  readonly highlights: readonly Highlight[];
  /** How many tell the same, this one included, and when those were that were looked at. */
  readonly count: number;
  /** There may be more: only a part of what there is was looked at. */
  readonly atLeast?: true;
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
  readonly others: readonly string[];
}

export interface SearchAnswer {
  /** What was looked for after filters were read out, and those filters: a person can edit both and ask again. */
  readonly understood: ParsedQuery;
  readonly filters: SearchFilters;
  readonly hits: readonly SearchHit[];
  /** `false`: there was no model, or it failed; hits are by words. */
  readonly semantic: boolean;
  /** Only a part of what there is was looked at. */
  readonly partial: boolean;
  readonly confidence: SearchConfidence;
}

const CANDIDATES = 100;
/** As many as an index takes. */
const TERMS_MAX = 100;
/** Pages of 1,000 that a search by words reads at most. */
const PAGES = 5;
const PAGE = 1_000;
const LIMIT = 10;
const LIMIT_MAX = 1_000;

/** Searches the history. Rejects VECTORS_UNAVAILABLE; an embedder that fails makes it a search by words. */
export const search = async (context: SearchContext, request: SearchRequest): Promise<SearchAnswer> => {
  const query = wellFormed(request.query);
  const understood = request.parse === false ? plain(query) : parseQuery(query, request.now);
  const filters = mergedFilters(understood.filters, request.filters ?? {});
  const limit = Math.min(LIMIT_MAX, Math.max(1, request.limit ?? understood.limit ?? LIMIT));
  const asked = { context, request, text: understood.text, filter: pointFilter(request.namespace, filters) };
  const vector = request.semantic === false ? undefined : await vectorOf(context, understood.text);
  const found = vector === undefined ? await byWords(asked) : await byMeaning(asked, vector);
  const { hits, ...rest } = answer(found, understood.text, limit);
  return {
    understood,
    filters,
    ...rest,
    hits: await counted(hits, found, asked),
    semantic: vector !== undefined,
  };
};

const plain = (query: string): ParsedQuery => ({ text: query, filters: {}, phrases: [] });

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
  /** Everything that meets the filter was looked at. */
  readonly isWhole: boolean;
}

/** The nearest, and besides the nearest of those that hold an exact term, in their text or among their ids. */
const byMeaning = async (asked: ParsedRequest, vector: Float32Array): Promise<Found> => {
  const { context, request, text, filter } = asked;
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
  const spaceless = await withoutSpaces(asked);
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

/** What holds words of scripts without spaces: an index of words does not find them inside of a run. */
const withoutSpaces = async (asked: ParsedRequest): Promise<readonly Candidate[]> =>
  isSpaceless(asked.text) ? (await byWords(asked)).ranked.slice(0, CANDIDATES) : [];

/** How often each failure occurred is counted where not all was looked at; of the rest it is said that there may be more. */
const counted = async (
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

/** Words that are new to the model cost a millisecond or two each: at most so many a search, those of the query first. */
const FRESH_MAX = 24;

/** A model that fails in between leaves the ranking as it is. */
const wordByWord = async (
  { words }: SearchContext,
  ranked: readonly Ranked[],
  text: string,
): Promise<readonly Ranked[]> => {
  if (words === undefined) return ranked;
  const terms = termsOf(text);
  const inTexts = ranked.slice(0, LOOKED_AT).flatMap(({ payload }) => plainWordsOf(payload.text));
  try {
    await words.learn([...plainTermsOf(terms).map(({ word }) => word), ...inTexts], FRESH_MAX);
  } catch (error) {
    if (!isModelMissing(error)) throw error;
    return ranked;
  }
  return softened(ranked, terms, words.likeness);
};

const isModelMissing = (error: unknown): boolean =>
  isAppError(error) && error.code === 'EMBEDDER_UNAVAILABLE';

const byWords = async ({ context, text, filter }: ParsedRequest): Promise<Found> => {
  const candidates: Candidate[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { points, next } = await context.index.scroll(context.collection, filter, {
      limit: PAGE,
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
