import type { HistoryStats, QuantilesView, StatsBucket } from '@precedent/contract-types';
import { DurationHistogram } from '@precedent/kernel';
import type { Pieces } from './stats-period.ts';

/** Values of one field that are counted apart: types and projects are free text. */
const GROUPS_MAX = 500;

const FIELDS = ['state', 'band', 'type', 'project'] as const;

/** By field of `FIELDS`: the value that some tasks have in common. */
export type TalliedGroup = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Adds up tasks, and groups of tasks, to one answer. */
export class StatsTally {
  readonly waited = new DurationHistogram();
  readonly ran = new DurationHistogram();
  readonly #by = FIELDS.map(() => new Map<string, number>());
  #total = 0;

  add(group: TalliedGroup, count: number): void {
    this.#total += count;
    for (const [index, field] of FIELDS.entries()) {
      const counts = this.#by[index];
      counts?.set(group[field], (counts.get(group[field]) ?? 0) + count);
    }
  }

  result(): HistoryStats {
    const [byState, byBand, byType, byProject] = this.#by.map(mostFrequent);
    const [waitMs, runMs] = [quantilesOf(this.waited), quantilesOf(this.ran)];
    return {
      total: this.#total,
      byState: byState ?? {},
      byBand: byBand ?? {},
      byType: byType ?? {},
      byProject: byProject ?? {},
      ...(waitMs && { waitMs }),
      ...(runMs && { runMs }),
    };
  }
}

const mostFrequent = (counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a).slice(0, GROUPS_MAX));

const quantilesOf = (durations: DurationHistogram): QuantilesView | undefined => {
  const { count } = durations;
  if (count === 0) return undefined;
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => durations.quantile(share));
  return { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0, of: count };
};

/** Tasks of one state that were submitted or settled in one piece of a period. */
export interface BucketCount {
  readonly bucket: number;
  readonly state: string;
  readonly n: number;
}

/** One bucket for each piece, also where nothing happened. */
export const bucketsOf = (
  { since, until, bucketMs }: Pieces,
  submissions: readonly BucketCount[],
  verdicts: readonly BucketCount[],
): StatsBucket[] => {
  const submitted = new Map<number, number>();
  const settled = new Map<number, Record<string, number>>();
  for (const { bucket, n } of submissions) submitted.set(bucket, (submitted.get(bucket) ?? 0) + n);
  for (const { bucket, state, n } of verdicts) settled.set(bucket, { ...settled.get(bucket), [state]: n });
  return Array.from({ length: Math.ceil((until - since) / bucketMs) }, (_, bucket) => ({
    from: since + bucket * bucketMs,
    submitted: submitted.get(bucket) ?? 0,
    settled: settled.get(bucket) ?? {},
  }));
};
