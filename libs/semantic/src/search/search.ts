import type { ParsedFilter, ParsedPhrase, SearchConfidence } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { isAppError, wellFormed } from '@precedent/kernel';
import type { QueryFilters } from './filters.ts';
import { mergedFilters, pointFilterOf } from './filters.ts';
import { kindOf } from './candidate.ts';
import type { Candidate } from './candidate.ts';
import { foldedByTask, isRun, withSolvedFailures } from './fold.ts';
import { gatherByMeaning, gatherByWords } from './gather.ts';
import type { Sought } from './gather.ts';
import { FAILURE_OUTCOMES, hitsOf, withCounts, withFailures } from './hits.ts';
import type { Scored, SearchHit } from './hits.ts';
import { rankByWords } from './lexical.ts';
import {
  RERANKED_MAX,
  coverageOf,
  isForeign,
  plainTermsOf,
  plainWordsOf,
  rerankedByWords,
} from './nearness.ts';
import type { ParsedQuery } from './query.ts';
import { parseQuery, unparsedQuery } from './query.ts';
import type { RankOptions, Ranked } from './rank.ts';
import { confidenceOf, isNamed, rank } from './rank.ts';
import type { SearchContext } from './search-context.ts';
import { termsOf } from './terms.ts';

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
  /** Filters that are not to be parsed from the query: their words stay a part of its text. */
  readonly ignored?: readonly ParsedFilter[];
  /** `anything`: all kinds of points rank alike. Default: failures come before runs, and resolutions first where these are sought. */
  readonly scope?: 'anything';
  /** `false`: by words only. Default `true`. */
  readonly semantic?: boolean;
  /** The caller's project: of equally ranked hits those of this project come first. */
  readonly project?: string;
  readonly ranking?: Partial<RankOptions>;
}

export interface SearchAnswer {
  /** The query after filters were parsed from it, and those filters: a person can edit both and search again. */
  readonly understood: ParsedQuery;
  readonly filters: QueryFilters;
  /** Best first; when nothing fits, those that come nearest. */
  readonly hits: readonly SearchHit[];
  readonly fits: boolean;
  /** Filters that were parsed from the query and left nothing: the answer is without them. */
  readonly dropped?: readonly ParsedPhrase[];
  /** `false`: no model is loaded, or it failed; hits are by words. */
  readonly semantic: boolean;
  /** Only a part of the matching points was read. */
  readonly partial: boolean;
  readonly confidence: SearchConfidence;
}

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 1_000;

/**
 * Searches a collection. A filter that is parsed from the query and leaves nothing that fits is dropped, and the answer says so. Rejects
 * VECTORS_UNAVAILABLE; when the embedder fails, the search is by words.
 */
export const search = async (context: SearchContext, request: SearchRequest): Promise<SearchAnswer> => {
  const query = wellFormed(request.query);
  const understood =
    request.parse === false ? unparsedQuery(query) : parseQuery(query, request.now, request.ignored);
  const answer = await answered(context, request, understood);
  if (answer.fits || !understood.phrases.some(isFilter)) return answer;
  const ignored = [
    ...(request.ignored ?? []),
    ...understood.phrases.filter(isFilter).map(({ field }) => field),
  ];
  const wider = await answered(context, request, parseQuery(query, request.now, ignored));
  if (!wider.fits && answer.hits.length > 0) return answer;
  return { ...wider, dropped: understood.phrases.filter(isFilter) };
};

const isFilter = ({ field }: ParsedPhrase): boolean => field !== 'limit';

const answered = async (
  context: SearchContext,
  request: SearchRequest,
  understood: ParsedQuery,
): Promise<SearchAnswer> => {
  const { text, seeks } = understood;
  const filters = mergedFilters(understood.filters, request.filters ?? {});
  const filter = pointFilterOf(request.namespace, filters);
  const sought = { context, text, filter, scope: scopeOf(filters, request, seeks) };
  const vector = request.semantic === false ? undefined : await vectorOf(context, text);
  const gathered = vector === undefined ? await gatherByWords(sought) : await gatherByMeaning(sought, vector);
  const ranked = await inOrder(
    { sought, request, seeks, isByMeaning: vector !== undefined },
    gathered.candidates,
  );
  const limit = Math.min(LIMIT_MAX, Math.max(1, request.limit ?? understood.limit ?? LIMIT_DEFAULT));
  const isFitting = fits({ sought, seeks, isByMeaning: vector !== undefined }, ranked);
  const { value, level } = confidenceOf(ranked[0]);
  const hits = await withCounts(hitsOf(ranked, text, limit), gathered, sought);
  return {
    understood,
    filters,
    hits: filters.kind === undefined ? await withFailures(hits, sought) : hits,
    fits: isFitting,
    semantic: vector !== undefined,
    partial: gathered.isPartial,
    confidence: { value, level: isFitting ? level : 'low' },
  };
};

/** Of the coverage of the query by the best hit. Chosen by measurement: `docs/semantic.md`. */
const COVERED_MIN = 0.34;
/** Among fewer candidates the rarity of a term says nothing. */
const CANDIDATES_MIN = 20;
/** Fewer terms are too few to judge by: "could not reach the database" is as far from its answer as from any other text. */
const JUDGED_TERMS_MIN = 4;

/** Whether the best hit answers the query. By words alone, and where all that meets the filters is listed, every hit does. */
const fits = (
  { sought: { context, text }, seeks, isByMeaning }: Omit<Ranking, 'request'>,
  ranked: readonly Scored[],
): boolean => {
  const [best] = ranked;
  if (
    best === undefined ||
    ranked.length < CANDIDATES_MIN ||
    context.words === undefined ||
    !isByMeaning ||
    seeks === 'list'
  )
    return best !== undefined;
  const { words } = context;
  const terms = termsOf(text);
  if (terms.length < JUDGED_TERMS_MIN || isForeign(terms, words)) return true;
  return coverageOf(best, ranked, { terms, words }) >= COVERED_MIN;
};

const RUNS_ALIKE: ReadonlySet<ParsedQuery['seeks']> = new Set(['runs', 'list']);

const scopeOf = (
  { kind, outcome = [] }: QueryFilters,
  { scope }: SearchRequest,
  seeks: ParsedQuery['seeks'],
): Sought['scope'] => {
  if (scope !== undefined || kind !== undefined || RUNS_ALIKE.has(seeks)) return 'anything';
  if (outcome.some((one) => !FAILURE_OUTCOMES.includes(one))) return 'anything';
  return seeks === 'resolutions' ? 'resolutions' : 'failures';
};

const vectorOf = async ({ embedder }: SearchContext, text: string): Promise<Float32Array | undefined> => {
  try {
    const [vector] = (await embedder?.embed([text])) ?? [];
    return vector;
  } catch (error) {
    if (isModelMissing(error)) return undefined;
    throw error;
  }
};

interface Ranking {
  readonly sought: Sought;
  readonly request: SearchRequest;
  readonly seeks: ParsedQuery['seeks'];
  readonly isByMeaning: boolean;
}

/** The candidates, one per task, in the order in which they answer the query. */
const inOrder = async (
  { sought, request, seeks, isByMeaning }: Ranking,
  candidates: readonly Candidate[],
): Promise<readonly Scored[]> => {
  const { context, text, scope } = sought;
  const tasks = foldedByTask(candidates);
  const entries = scope === 'resolutions' ? withSolvedFailures(tasks) : tasks;
  const { now, project, ranking } = request;
  const query = {
    query: text,
    now,
    ...(project !== undefined && { project }),
    ...(ranking && { options: ranking }),
  };
  const ranked = isByMeaning
    ? await wordByWord(context, rank(entries, query), text)
    : rankByWords(entries, text);
  if (seeks === 'list') return ranked.toSorted((a, b) => b.payload.at - a.payload.at);
  return scope === 'anything' ? ranked : inTiers(ranked, scope, text);
};

/** Of a run that the query does not name: a failure that is as near comes first. Chosen by measurement: `docs/semantic.md`. */
const RUN_HANDICAP = 0.5;

/** Of a resolution, when the query asks what fixed a problem: only a much better failure comes before it. */
const RESOLUTION_ADVANTAGE = 1.2;

/** Moves resolutions up, if they are sought, and runs down, unless the query names them. */
const inTiers = (ranked: readonly Scored[], scope: Sought['scope'], text: string): readonly Scored[] => {
  const terms = termsOf(text);
  const moved = (one: Scored): number => {
    if (scope === 'resolutions' && kindOf(one) === 'resolution') return RESOLUTION_ADVANTAGE;
    return isRun(one) && !isNamed(one, terms) ? -RUN_HANDICAP : 0;
  };
  return ranked
    .map((one) => ({ ...one, score: one.score + moved(one) }))
    .toSorted((a, b) => b.score - a.score);
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
