import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import { folded } from '../text/scripts.ts';
import { wordSetOf } from '../text/words.ts';
import type { Searchable, Term } from './terms.ts';
import { holds, termsOf } from './terms.ts';

/** A point that may answer. `cosine` is absent where it was found by words only. */
export interface Candidate {
  readonly id: string;
  readonly cosine?: number;
  readonly payload: PointPayload;
}

export interface Ranked extends Candidate {
  /** Comparable within one answer only. */
  readonly score: number;
  /** Share of the query's terms that stand in the text, weighted by how rare they are: 0 to 1. */
  readonly share: number;
  /** The same for ids, codes and names; absent when the query has none. */
  readonly exactShare?: number;
  /** How near each term is to the nearest word of the text, weighted in the same way: 0 to 1. */
  readonly near?: number;
}

/** How a score is made. The values are chosen by measurement: `docs/semantic.md`. */
export interface RankOptions {
  /** Of the share of terms, squared. */
  readonly shareWeight: number;
  /** Of the share of exact terms, squared, on top. */
  readonly exactWeight: number;
  /** Of recency and of the same project: small, so that they decide between equals. */
  readonly recencyWeight: number;
  readonly projectWeight: number;
  /** Age at which recency is worth half. */
  readonly halfLifeMs: number;
}

export const RANKING: RankOptions = {
  shareWeight: 1,
  exactWeight: 1,
  recencyWeight: 0.03,
  projectWeight: 0.03,
  halfLifeMs: 30 * 86_400_000,
};

export interface RankRequest {
  readonly query: string;
  readonly now: EpochMs;
  readonly project?: string;
  readonly options?: Partial<RankOptions>;
}

const NAMED = ['task', 'type', 'name', 'worker', 'version', 'error_code', 'fingerprint', 'refs', 'tags'];
/** A point is looked at twice in one search, and taking a text apart is most of its cost. */
const takenApart = new WeakMap<PointPayload, Searchable>();

/** What stands in a point for the eye of a search: its text, and the ids that the text leaves out. */
const searchableOf = (payload: PointPayload): Searchable => {
  const known = takenApart.get(payload);
  if (known) return known;
  const raw = [payload.text, ...NAMED.map((field) => textOf(payload[field]))].join('\n');
  const searchable = { words: wordSetOf(raw), text: folded(raw) };
  takenApart.set(payload, searchable);
  return searchable;
};

const textOf = (value: PointPayload[string] | undefined): string => {
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join(' ') : String(value);
};

/** Candidates by `minmax(cosine) + share² + exactShare²`, then recency and project. Best first; never ties. */
export const rank = (candidates: readonly Candidate[], request: RankRequest): readonly Ranked[] => {
  const options = { ...RANKING, ...request.options };
  const terms = termsOf(request.query);
  const texts = candidates.map(({ payload }) => searchableOf(payload));
  const weights = rarity(terms, texts);
  const exact = terms.filter(({ isExact }) => isExact);
  const cosines = minmax(candidates.map(({ cosine }) => cosine));
  const ranked = candidates.map((candidate, at) => {
    const text = texts[at] ?? { words: new Set<string>(), text: '' };
    const share = shareOf(terms, text, weights);
    const exactShare = shareOf(exact, text, weights);
    const score =
      (cosines[at] ?? 0) +
      options.shareWeight * share ** 2 +
      (exact.length > 0 ? options.exactWeight * exactShare ** 2 : 0) +
      extras(candidate.payload, request, options);
    return { ...candidate, score, share, ...(exact.length > 0 && { exactShare }) };
  });
  return ranked.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
};

const extras = ({ at, project }: PointPayload, request: RankRequest, options: RankOptions): number => {
  const age = Math.max(0, request.now - at);
  const recency = options.recencyWeight * 2 ** (-age / options.halfLifeMs);
  return recency + (request.project !== undefined && project === request.project ? options.projectWeight : 0);
};

/** How rare each term is among candidates. */
export const rarityOf = (
  terms: readonly Term[],
  candidates: readonly Candidate[],
): ReadonlyMap<string, number> =>
  rarity(
    terms,
    candidates.map(({ payload }) => searchableOf(payload)),
  );

/** A term that stands everywhere says nothing: inverse document frequency among the candidates, as BM25 has it. */
const rarity = (terms: readonly Term[], texts: readonly Searchable[]): ReadonlyMap<string, number> =>
  new Map(
    terms.map((term) => {
      const n = texts.filter((text) => holds(text, term)).length;
      return [term.word, Math.log(1 + (texts.length - n + 0.5) / (n + 0.5))];
    }),
  );

const shareOf = (terms: readonly Term[], text: Searchable, weights: ReadonlyMap<string, number>): number => {
  let [held, all] = [0, 0];
  for (const term of terms) {
    const weight = weights.get(term.word) ?? 0;
    all += weight;
    if (holds(text, term)) held += weight;
  }
  return all === 0 ? 0 : held / all;
};

/** 0 for the farthest, 1 for the nearest; the farthest for what has no cosine. */
const minmax = (values: readonly (number | undefined)[]): readonly number[] => {
  const known = values.filter((value) => value !== undefined);
  const [min, max] = [Math.min(...known), Math.max(...known)];
  if (known.length === 0) return values.map(() => 0);
  return values.map((value) => (value === undefined || max === min ? 0 : (value - min) / (max - min)));
};
