import type {
  HistoryFilter,
  HistoryStats,
  HistoryStatsRequest,
  QuantilesView,
  StatsBucket,
} from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { whereOf } from './filter-clauses.ts';
import type { Clause } from './filter-clauses.ts';
import type { Statements } from './statements.ts';

/** The latest tasks that quantiles are taken of, at most. */
const SAMPLED_MAX = 50_000;
const BUCKETS_MAX = 1_000;
/** Values of one field that are counted apart: types and projects are free text. */
const GROUPS_MAX = 500;

/** Counts, quantiles and what happened over time. */
export const statsOf = (statements: Statements, query: HistoryStatsRequest): HistoryStats => {
  const where = whereOf(query);
  const byState = countsBy(statements, 'state', where);
  const waitMs = quantiles(statements, 'waited_ms', where);
  const runMs = quantiles(statements, 'ran_ms', {
    sql: `${where.sql} AND tasks.settled_at IS NOT NULL AND tasks.first_started_at IS NOT NULL`,
    values: where.values,
  });
  return {
    total: Object.values(byState).reduce((sum, count) => sum + count, 0),
    byState,
    byBand: countsBy(statements, 'band', where),
    byType: countsBy(statements, 'type', where),
    byProject: countsBy(statements, 'project', where),
    ...(waitMs && { waitMs }),
    ...(runMs && { runMs }),
    ...(query.bucketMs !== undefined && { buckets: bucketsOf(statements, query, query.bucketMs) }),
  };
};

const countsBy = (
  statements: Statements,
  column: string,
  { sql, values }: Clause,
): Record<string, number> => {
  const text = `SELECT ${column} AS name, count(*) AS n FROM tasks WHERE ${sql} GROUP BY ${column} ORDER BY n DESC LIMIT ${GROUPS_MAX}`;
  const rows = statements.of(text).all(...values);
  return Object.fromEntries(rows.map((row) => [String(row['name']), Number(row['n'])]));
};

const quantiles = (statements: Statements, column: string, where: Clause): QuantilesView | undefined => {
  const text = `SELECT ${column} AS ms FROM tasks WHERE ${where.sql} AND ${column} IS NOT NULL ORDER BY row DESC LIMIT ${SAMPLED_MAX}`;
  const rows = statements.of(text).all(...where.values);
  if (rows.length === 0) return undefined;
  const sorted = Float64Array.from(rows, (row) => Number(row['ms'])).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0, of: sorted.length };
};

const bucketsOf = (statements: Statements, query: HistoryStatsRequest, bucketMs: number): StatsBucket[] => {
  const { since, until } = query;
  if (since === undefined || until === undefined || until <= since || bucketMs <= 0) {
    throw new AppError('INVALID_REQUEST', 'buckets need a bucketMs, and a since before an until');
  }
  const count = Math.ceil((until - since) / bucketMs);
  if (count > BUCKETS_MAX) {
    throw new AppError('INVALID_REQUEST', `${count} buckets are more than ${BUCKETS_MAX}: make them longer`);
  }
  const submitted = new Map<number, number>();
  const settled = new Map<number, Record<string, number>>();
  for (const row of perBucket(statements, query, 'submitted_at', bucketMs)) {
    submitted.set(row.bucket, (submitted.get(row.bucket) ?? 0) + row.n);
  }
  for (const { bucket, state, n } of perBucket(statements, query, 'settled_at', bucketMs)) {
    settled.set(bucket, { ...settled.get(bucket), [state]: n });
  }
  return Array.from({ length: count }, (_, bucket) => ({
    from: since + bucket * bucketMs,
    submitted: submitted.get(bucket) ?? 0,
    settled: settled.get(bucket) ?? {},
  }));
};

interface Counted {
  readonly bucket: number;
  readonly state: string;
  readonly n: number;
}

const perBucket = (
  statements: Statements,
  query: HistoryFilter,
  time: 'submitted_at' | 'settled_at',
  bucketMs: number,
): Counted[] => {
  const { sql, values } = whereOf(query, time);
  const text = `SELECT (${time} - CAST(? AS INTEGER)) / CAST(? AS INTEGER) AS bucket, state, count(*) AS n FROM tasks WHERE ${sql} GROUP BY 1, 2`;
  const rows = statements.of(text).all(query.since ?? 0, bucketMs, ...values);
  return rows.map((row) => ({
    bucket: Number(row['bucket']),
    state: String(row['state']),
    n: Number(row['n']),
  }));
};
