import type { Cleared, HistoryStats, HistoryStatsRequest, StatsScope } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { Statements } from './statements.ts';
import { minutesFrom } from './statistics-table.ts';
import { CountedStats, isCountedApart } from './stats-counted.ts';
import { wholePeriod } from './stats-period.ts';
import type { Period, Pieces } from './stats-period.ts';
import { ScannedStats, hasFew, latestMatches } from './stats-scanned.ts';
import { bucketsOf } from './stats-tally.ts';

/** Tasks that are read for one answer, at most. */
const SCANNED_MAX = 50_000;
const BUCKETS_MAX = 1_000;

/** Where an answer comes from, for which period, and what it does not say. */
interface Source {
  readonly stats: CountedStats | ScannedStats;
  readonly period: Period;
  readonly scope?: StatsScope;
}

/**
 * Counts, quantiles and what happened over time. What the statistics count apart is answered from them. Tasks are read, `scannedMax` at most,
 * for filters by something else, and for a period with few tasks that begins or ends within a minute.
 */
export const statsOf = (
  statements: Statements,
  query: Cleared<HistoryStatsRequest>,
  scannedMax = SCANNED_MAX,
): HistoryStats => {
  checkBuckets(query);
  const { stats, period, scope } = sourceOf(statements, query, scannedMax);
  return {
    ...stats.tally(period).result(),
    ...(isCut(period) && {
      buckets: bucketsOf(period, stats.perBucket('submitted', period), stats.perBucket('settled', period)),
    }),
    ...(scope && { scope }),
  };
};

const sourceOf = (
  statements: Statements,
  query: Cleared<HistoryStatsRequest>,
  scannedMax: number,
): Source => {
  const { since, until, bucketMs, ...filter } = query;
  const period = { since, until, bucketMs };
  if (!isCountedApart(query)) {
    const { from, isCut: isMore } = latestMatches(statements, query, scannedMax);
    const stats = new ScannedStats(statements, filter, from);
    return { stats, period, ...(isMore && { scope: { latest: scannedMax } }) };
  }
  const { at, uncounted } = extentOf(statements);
  const whole = wholePeriod(period, minutesFrom(at));
  const scope = { ...differences(period, whole), ...(uncounted > 0 && { uncounted }) };
  const isExact = Object.keys(scope).length === 0;
  if (!isExact && hasFew(statements, period, scannedMax))
    return { stats: new ScannedStats(statements, filter), period };
  return { stats: new CountedStats(statements, filter), period: whole, ...(!isExact && { scope }) };
};

/** Up to when the journal was read, and how many tasks, about, are not in the statistics. */
const extentOf = (statements: Statements): { readonly at: number; readonly uncounted: number } => {
  const sql = 'SELECT at, counted_from - (SELECT min(row) FROM tasks) AS uncounted FROM place, stats_extent';
  const found = statements.of(sql).get();
  return { at: Number(found?.['at']), uncounted: Math.max(0, Number(found?.['uncounted'] ?? 0)) };
};

const differences = (requested: Period, counted: Period): Period => ({
  ...(counted.since !== requested.since && { since: counted.since }),
  ...(counted.until !== requested.until && { until: counted.until }),
  ...(counted.bucketMs !== requested.bucketMs && { bucketMs: counted.bucketMs }),
});

const isCut = (period: Period): period is Pieces => period.bucketMs !== undefined;

const checkBuckets = ({ since, until, bucketMs }: Period): void => {
  if (bucketMs === undefined) return;
  if (since === undefined || until === undefined || until <= since || bucketMs <= 0) {
    throw new AppError('INVALID_REQUEST', 'buckets need a bucketMs, and a since before an until');
  }
  const count = Math.ceil((until - since) / bucketMs);
  if (count > BUCKETS_MAX) {
    throw new AppError('INVALID_REQUEST', `${count} buckets are more than ${BUCKETS_MAX}: make them longer`);
  }
};
