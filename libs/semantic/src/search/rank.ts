import type { SearchConfidence } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import { folded } from '../text/scripts.ts';
import { wordSetOf } from '../text/words.ts';
import { documentsIn, kindOf } from './candidate.ts';
import type { Candidate } from './candidate.ts';
import { withSpellings } from './spelling.ts';
import type { Searchable, Term } from './terms.ts';
import { containsTerm, termsOf } from './terms.ts';

export interface Ranked extends Candidate {
  /** Comparable within one answer only. */
  readonly score: number;
  /** Share of the query's terms that stand in the text, weighted by their rarity: 0 to 1. */
  readonly share: number;
  /** The same share of exact terms (ids, codes and names); absent when the query has none. */
  readonly exactShare?: number;
  /** Similarity of each term to the nearest word of the text, weighted by rarity: 0 to 1. */
  readonly near?: number;
}

/** Weights of the parts of a score, chosen by measurement: `docs/semantic.md`. */
export interface RankOptions {
  /** Weight of the squared share of terms. */
  readonly shareWeight: number;
  /** Weight of the squared share of exact terms, added to the former. */
  readonly exactWeight: number;
  /** Weights of recency and of the caller's project: small, so that they decide between equals. */
  readonly recencyWeight: number;
  readonly projectWeight: number;
  /** The age at which recency counts half. */
  readonly halfLifeMs: number;
}

export const RANKING: RankOptions = {
  shareWeight: 1,
  exactWeight: 1,
  recencyWeight: 0.03,
  projectWeight: 0.03,
  halfLifeMs: 30 * 86_400_000,
};

export interface RankQuery {
  readonly query: string;
  readonly now: EpochMs;
  readonly project?: string;
  readonly options?: Partial<RankOptions>;
}

const SEARCHED_FIELDS = [
  'task',
  'project',
  'type',
  'name',
  'worker',
  'version',
  'error_code',
  'fingerprint',
  'refs',
  'tags',
];
/** A search reads each point twice, and tokenizing its text is most of the cost. */
const searchableCache = new WeakMap<PointPayload, Searchable>();

/** The searchable text of all documents of a candidate: their texts, and the ids and lines that the texts leave out. */
const searchableOf = (candidate: Candidate): Searchable => {
  const known = searchableCache.get(candidate.payload);
  if (known) return known;
  const raw = [...new Set(documentsIn(candidate).flatMap(({ payload }) => rawTextsOf(payload)))].join('\n');
  const searchable = { words: wordSetOf(raw), text: folded(raw) };
  searchableCache.set(candidate.payload, searchable);
  return searchable;
};

export const searchablesOf = (candidates: readonly Candidate[]): readonly Searchable[] =>
  candidates.map(searchableOf);

/** What is searched by words of a document. */
export const rawTextsOf = (payload: PointPayload): readonly string[] => [
  payload.text,
  ...SEARCHED_FIELDS.map((field) => textOf(payload[field])),
];

const textOf = (value: PointPayload[string] | undefined): string => {
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join('\n') : String(value);
};

/** Ranks candidates by `minmax(cosine) + share² + exactShare²`, then recency and project. Best first; ties are broken by id. */
export const rank = (candidates: readonly Candidate[], request: RankQuery): readonly Ranked[] => {
  const options = { ...RANKING, ...request.options };
  const texts = candidates.map(searchableOf);
  const terms = withSpellings(termsOf(request.query), texts);
  const weights = rarity(terms, texts);
  const exact = terms.filter(({ isExact }) => isExact);
  const cosines = nearnessOf(candidates);
  const ranked = candidates.map((candidate, at) => {
    const text = texts[at] ?? { words: new Set<string>(), text: '' };
    const share = shareOf(terms, text, weights);
    const exactShare = shareOf(exact, text, weights);
    const score =
      (cosines[at] ?? 0) +
      options.shareWeight * share ** 2 +
      (exact.length > 0 ? options.exactWeight * exactShare ** 2 : 0) +
      tieBreakers(candidate.payload, request, options);
    return { ...candidate, score, share, ...(exact.length > 0 && { exactShare }) };
  });
  return ranked.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
};

const tieBreakers = ({ at, project }: PointPayload, request: RankQuery, options: RankOptions): number => {
  const age = Math.max(0, request.now - at);
  const recency = options.recencyWeight * 2 ** (-age / options.halfLifeMs);
  return recency + (request.project !== undefined && project === request.project ? options.projectWeight : 0);
};

/** The rarity of each term among the candidates, by term. */
export const rarityOf = (
  terms: readonly Term[],
  candidates: readonly Candidate[],
): ReadonlyMap<string, number> => rarity(terms, candidates.map(searchableOf));

/** Whether a task is named by the query: all of its terms stand in the task's name, type, project or id. */
export const isNamed = ({ payload }: Candidate, terms: readonly Term[]): boolean => {
  const raw = ['name', 'type', 'project', 'task'].map((field) => textOf(payload[field])).join('\n');
  const searchable = { words: wordSetOf(raw), text: folded(raw) };
  return terms.length > 0 && terms.every((term) => containsTerm(searchable, term));
};

/** Inverse document frequency among the candidates, as in BM25. */
export const rarity = (terms: readonly Term[], texts: readonly Searchable[]): ReadonlyMap<string, number> =>
  new Map(
    terms.map((term) => {
      const n = texts.filter((text) => containsTerm(text, term)).length;
      return [term.word, Math.log(1 + (texts.length - n + 0.5) / (n + 0.5))];
    }),
  );

const shareOf = (terms: readonly Term[], text: Searchable, weights: ReadonlyMap<string, number>): number => {
  let [found, all] = [0, 0];
  for (const term of terms) {
    const weight = weights.get(term.word) ?? 0;
    all += weight;
    if (containsTerm(text, term)) found += weight;
  }
  return all === 0 ? 0 : found / all;
};

const TELLING_KINDS = ['failure', 'log_window'];
/** Chosen by measurement: `docs/semantic.md`. */
const MEAN_WEIGHT = 0.6;

/**
 * How near each candidate is, 0 (farthest) to 1 (nearest): by its nearest document, and by the mean of the two that tell of a failure, of
 * which one that is not among the nearest counts as the farthest.
 */
const nearnessOf = (candidates: readonly Candidate[]): readonly number[] => {
  const scaled = scaleOf(candidates.flatMap(({ cosine }) => (cosine === undefined ? [] : [cosine])));
  return candidates.map((one) => {
    const nearest = scaled(one.cosine);
    if (!TELLING_KINDS.includes(kindOf(one))) return nearest;
    const telling = TELLING_KINDS.map((kind) => scaled(cosineOf(documentsIn(one), kind)));
    const mean = telling.reduce((sum, value) => sum + value, 0) / telling.length;
    return (1 - MEAN_WEIGHT) * nearest + MEAN_WEIGHT * mean;
  });
};

const cosineOf = (documents: readonly Candidate[], kind: string): number | undefined =>
  documents.find((one) => kindOf(one) === kind)?.cosine;

/** Scales cosines to 0 (the lowest) to 1 (the highest). A missing one is 0. */
const scaleOf = (values: readonly number[]): ((value: number | undefined) => number) => {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return (value) =>
    value === undefined || values.length === 0 || max === min ? 0 : Math.max(0, (value - min) / (max - min));
};

export interface BestHit {
  readonly cosine?: number;
  readonly share?: number;
  readonly exactShare?: number;
  readonly near?: number;
}

/** Chosen by measurement, so that queries without an answer get values below `LOW`: `docs/semantic.md`. */
const VALUE_OFFSET = 0.3;
const VALUE_SPAN = 0.8;
const WORDS_WEIGHT = 0.6;
const LOW = 0.38;
const HIGH = 0.7;

/** The confidence in the best hit. A missing exact term lowers it, whatever the cosine. Hits of a search by words alone have a low one. */
export const confidenceOf = (best: BestHit | undefined): SearchConfidence => {
  if (best === undefined) return { level: 'low', value: 0 };
  const words = best.near ?? best.share ?? 0;
  const own = Math.min(
    1,
    Math.max(0, ((best.cosine ?? 0) + WORDS_WEIGHT * words - VALUE_OFFSET) / VALUE_SPAN),
  );
  const value = best.exactShare === undefined ? own : 0.4 * own + 0.6 * best.exactShare;
  return { level: levelOf(value), value };
};

const levelOf = (value: number): SearchConfidence['level'] => {
  if (value >= HIGH) return 'high';
  return value < LOW ? 'low' : 'medium';
};
