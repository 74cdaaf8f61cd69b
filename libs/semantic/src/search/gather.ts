import type { PointFilter } from '@precedent/ports';
import { isSpaceless } from '../text/scripts.ts';
import { RUN_KINDS } from './fold.ts';
import { rankByWords } from './lexical.ts';
import type { Candidate } from './candidate.ts';
import type { SearchContext } from './search-context.ts';
import { termsOf } from './terms.ts';

/** What a search looks for in an index. */
export interface Sought {
  readonly context: SearchContext;
  readonly text: string;
  readonly filter: PointFilter;
  /** Failures: runs only in addition. Resolutions: these in addition. Anything: all kinds alike. */
  readonly scope: 'failures' | 'resolutions' | 'anything';
}

export interface Gathered {
  readonly candidates: readonly Candidate[];
  /** Only a part of the matching points was read. */
  readonly isPartial: boolean;
  /** Every point that matches the filter was read. */
  readonly isWhole: boolean;
}

const CANDIDATES = 100;
/** Runs in addition to failures: enough to find a task that never failed by its name. */
const RUN_CANDIDATES = 20;
/** The most terms that an index accepts in one query. */
const TERMS_MAX = 100;
/** The most pages, of 1,000 points, that a search by words reads. */
const PAGES_MAX = 5;
const PAGE_POINTS = 1_000;

/** The nearest points, and the nearest of those that hold an exact term in their text or in their `refs`. */
export const gatherByMeaning = async (sought: Sought, vector: Float32Array): Promise<Gathered> => {
  const { index, collection } = sought.context;
  const scoped = scopedQueries(sought);
  const lists = await Promise.all(
    [...scoped, ...exactQueries(sought), ...unembeddedQueries(sought)].map((query) =>
      index.query(collection, { vector, limit: CANDIDATES, ...query }),
    ),
  );
  const spaceless = isSpaceless(sought.text) ? (await gatherByWords(sought)).candidates : [];
  const nearByWords = rankByWords(spaceless, sought.text).slice(0, CANDIDATES);
  const byId = new Map<string, Candidate>(nearByWords.map(({ id, payload }) => [id, { id, payload }]));
  for (const { id, score, payload } of lists.flat())
    byId.set(id, { id, ...(payload['bare'] !== true && { cosine: score }), payload });
  const isWhole = scoped.every(({ limit = CANDIDATES }, at) => (lists[at]?.length ?? 0) < limit);
  return { candidates: [...byId.values()], isPartial: false, isWhole };
};

interface ScopedQuery {
  readonly filter: PointFilter;
  readonly limit?: number;
  readonly anyTerm?: readonly string[];
}

const scopedQueries = ({ filter, scope }: Sought): readonly ScopedQuery[] => {
  if (scope === 'anything') return [{ filter }];
  const ofKinds = (kind: readonly string[]): PointFilter => ({
    ...filter,
    fields: { ...filter.fields, kind },
  });
  const failures = { filter: withoutRuns(filter) };
  return scope === 'failures'
    ? [failures, { filter: ofKinds(RUN_KINDS), limit: RUN_CANDIDATES }]
    : [failures, { filter: ofKinds(['resolution']) }];
};

const withoutRuns = (filter: PointFilter): PointFilter => ({
  ...filter,
  not: { ...filter.not, kind: RUN_KINDS },
});

const exactQueries = ({ text, filter, scope }: Sought): readonly ScopedQuery[] => {
  const exact = termsOf(text)
    .flatMap(({ word, isExact }) => (isExact ? [word] : []))
    .slice(0, TERMS_MAX);
  if (exact.length === 0) return [];
  const scoped = scope === 'anything' ? filter : withoutRuns(filter);
  return [
    { filter: scoped, anyTerm: exact },
    { filter: { ...scoped, fields: { ...scoped.fields, refs: exact } } },
  ];
};

/** What has no vector yet is found by any word of the query. */
const unembeddedQueries = ({ context, text, filter }: Sought): readonly ScopedQuery[] => {
  if (context.hasUnembedded !== true) return [];
  const anyTerm = termsOf(text)
    .map(({ word }) => word)
    .slice(0, TERMS_MAX);
  return anyTerm.length === 0
    ? []
    : [{ filter: { ...filter, fields: { ...filter.fields, bare: true } }, anyTerm }];
};

/** The points that match the filter, up to 5,000 of them. */
export const gatherByWords = async ({ context, filter }: Sought): Promise<Gathered> => {
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
  return { candidates, isPartial: after !== undefined, isWhole: after === undefined };
};
