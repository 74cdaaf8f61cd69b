import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import type { Candidate } from './candidate.ts';
import { grouped } from './fold.ts';
import type { Gathered, Sought } from './gather.ts';
import { matchingLines } from './matching-lines.ts';
import type { MatchingLine } from './matching-lines.ts';
import type { Highlight } from './present.ts';
import { highlightsOf, occurrencesOf } from './present.ts';
import type { BestHit } from './rank.ts';
import type { Term } from './terms.ts';
import { termsOf } from './terms.ts';

/** A candidate with its score, whatever ranked it. */
export type Scored = Candidate & BestHit & { readonly score: number };

export interface SearchHit extends Candidate {
  readonly score: number;
  readonly highlights: readonly Highlight[];
  /** Lines of the output of a failure that match; its first line when none does. */
  readonly lines: readonly MatchingLine[];
  /** The number of grouped points, this one included; `firstAt` and `lastAt` are the first and last time among those that were read. */
  readonly count: number;
  /** `count` may be too low, because only a part of the points was read. */
  readonly atLeast?: true;
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
  readonly others: readonly string[];
}

/** Outcomes of tasks that have a failure. Others are those of runs. */
export const FAILURE_OUTCOMES: readonly string[] = ['failed', 'timed_out'];

const shownOf = (payload: PointPayload, terms: readonly Term[]): Pick<SearchHit, 'highlights' | 'lines'> => ({
  highlights: highlightsOf(payload.text, terms),
  lines: matchingLines(payload, terms),
});

/** The best hits, each for all candidates of one failure or text. */
export const hitsOf = (ranked: readonly Scored[], text: string, limit: number): readonly SearchHit[] => {
  const terms = termsOf(text);
  return grouped(ranked)
    .slice(0, limit)
    .map(({ best: { id, cosine, payload, score }, ...rest }) => ({
      id,
      ...(cosine !== undefined && { cosine }),
      payload,
      score,
      ...shownOf(payload, terms),
      ...rest,
    }));
};

/** Counts the occurrences of each failure by a query when not every point was read. Other hits get `atLeast`. */
export const withCounts = async (
  hits: readonly SearchHit[],
  { isWhole }: Gathered,
  { context: { index, collection }, filter }: Sought,
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

/** Replaces another document of a failed task, which was nearer than its failure, by the failure. */
export const withFailures = async (
  hits: readonly SearchHit[],
  { context: { index, collection }, filter: { namespace }, text }: Sought,
): Promise<readonly SearchHit[]> => {
  const task = hits.flatMap(({ payload }) => (hasFailure(payload) ? [String(payload['task'])] : []));
  if (task.length === 0) return hits;
  const fields = { kind: 'failure', task };
  const { points } = await index.scroll(collection, { namespace, fields }, { limit: FAILURES_MAX });
  const latest = new Map(
    points.toSorted((a, b) => a.payload.at - b.payload.at).map((one) => [one.payload['task'], one]),
  );
  return hits.map((hit) => {
    const failure = hasFailure(hit.payload) ? latest.get(hit.payload['task']) : undefined;
    return failure === undefined
      ? hit
      : { ...hit, ...failure, ...shownOf(failure.payload, termsOf(text)), others: [hit.id, ...hit.others] };
  });
};

/** The most attempts of the hits that are read. */
const FAILURES_MAX = 1_000;

const hasFailure = ({ kind, outcome, task }: PointPayload): boolean =>
  typeof task === 'string' &&
  (kind === 'log_window' ||
    ((kind === 'attempt' || kind === 'spec') && FAILURE_OUTCOMES.includes(String(outcome))));
