import type {
  HistoryStats,
  HistoryStatsRequest,
  QuantilesView,
  StatsBucket,
} from '@precedent/contract-types';
import type { TaskEntry } from '@precedent/ports';
import { AppError } from '@precedent/kernel';
import { isIn } from './history-filter.ts';

/** Counts, quantiles and what happened over time. */
export const statsOf = (all: readonly TaskEntry[], query: HistoryStatsRequest): HistoryStats => {
  const entries = all.filter((entry) => isIn(entry, query, entry.row.submittedAt));
  const started = entries.filter(({ firstStartedAt }) => firstStartedAt > 0);
  const waitMs = quantiles(started.map(({ row, firstStartedAt }) => firstStartedAt - row.submittedAt));
  const runMs = quantiles(started.filter(({ row }) => row.run.settledAt).map(({ ranMs }) => ranMs));
  return {
    total: entries.length,
    byState: countsBy(entries, ({ state }) => state),
    byBand: countsBy(entries, ({ row }) => row.class.band),
    byType: countsBy(entries, ({ row }) => row.class.type),
    byProject: countsBy(entries, ({ row }) => row.class.project),
    ...(waitMs && { waitMs }),
    ...(runMs && { runMs }),
    ...(query.bucketMs !== undefined && { buckets: bucketsOf(all, query, query.bucketMs) }),
  };
};

const countsBy = (
  entries: readonly TaskEntry[],
  key: (entry: TaskEntry) => string,
): Record<string, number> => {
  const counts = new Map<string, number>();
  for (const entry of entries) counts.set(key(entry), (counts.get(key(entry)) ?? 0) + 1);
  return Object.fromEntries(counts);
};

const quantiles = (values: readonly number[]): QuantilesView | undefined => {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0, of: sorted.length };
};

const bucketsOf = (
  all: readonly TaskEntry[],
  query: HistoryStatsRequest,
  bucketMs: number,
): StatsBucket[] => {
  const { since, until } = query;
  if (since === undefined || until === undefined || until <= since || bucketMs <= 0) {
    throw new AppError('INVALID_REQUEST', 'buckets need a bucketMs, and a since before an until');
  }
  const submitted = all.filter((entry) => isIn(entry, query, entry.row.submittedAt));
  const settled = all.filter((entry) => isIn(entry, query, entry.row.run.settledAt));
  const bucketOf = (at: number | undefined): number => Math.floor(((at ?? since) - since) / bucketMs);
  return Array.from({ length: Math.ceil((until - since) / bucketMs) }, (_, bucket) => ({
    from: since + bucket * bucketMs,
    submitted: submitted.filter(({ row }) => bucketOf(row.submittedAt) === bucket).length,
    settled: countsBy(
      settled.filter(({ row }) => bucketOf(row.run.settledAt) === bucket),
      ({ state }) => state,
    ),
  }));
};
