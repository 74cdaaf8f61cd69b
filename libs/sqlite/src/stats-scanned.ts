import type { Cleared, HistoryFilter } from '@precedent/contract-types';
import { clause, errorClause, idClause, matchClause, whereOf, workerClause } from './filter-clauses.ts';
import type { Clause } from './filter-clauses.ts';
import { labelKey } from './entry-columns.ts';
import type { Statements } from './statements.ts';
import { bucketCountOf, groupOf } from './stats-counted.ts';
import type { Period, Pieces } from './stats-period.ts';
import { StatsTally } from './stats-tally.ts';
import type { BucketCount } from './stats-tally.ts';
import { COUNTED_COLUMNS, countedOf } from './task-counts.ts';

/** Answers by reading tasks: `from` says which, by the index of submissions or of verdicts where it is left out. */
export class ScannedStats {
  readonly #statements: Statements;
  readonly #filter: Cleared<HistoryFilter>;
  readonly #from: Clause | undefined;

  constructor(statements: Statements, filter: Cleared<HistoryFilter>, from?: Clause) {
    this.#statements = statements;
    this.#filter = filter;
    this.#from = from;
  }

  tally({ since = 0, until }: Period): StatsTally {
    const tally = new StatsTally();
    const from = this.#from ?? BY_SUBMISSION;
    const where = whereOf({ ...this.#filter, since, until });
    const sql = `SELECT project, type, band, ${COUNTED_COLUMNS} FROM ${from.sql} WHERE ${where.sql}`;
    for (const columns of this.#statements.of(sql).all(...from.values, ...where.values)) {
      const { waited, ran } = countedOf(columns);
      tally.add(groupOf(columns), 1);
      if (waited !== undefined) tally.waited.add(waited);
      if (ran !== undefined) tally.ran.add(ran);
    }
    return tally;
  }

  perBucket(time: 'submitted' | 'settled', { since, until, bucketMs }: Pieces): BucketCount[] {
    const from = this.#from ?? (time === 'submitted' ? BY_SUBMISSION : BY_VERDICT);
    const where = whereOf({ ...this.#filter, since, until }, `${time}_at`);
    const sql = `SELECT (${time}_at - CAST(? AS INTEGER)) / CAST(? AS INTEGER) AS bucket, state, count(*) AS n
      FROM ${from.sql} WHERE ${where.sql} GROUP BY 1, 2`;
    const values = [since, bucketMs, ...from.values, ...where.values];
    return this.#statements
      .of(sql)
      .all(...values)
      .map(bucketCountOf);
  }
}

const BY_SUBMISSION = clause('tasks INDEXED BY tasks_submitted');
const BY_VERDICT = clause('tasks INDEXED BY tasks_settled');

/** Whether so few tasks were submitted, and settled if it is cut into pieces, that all of them can be read. */
export const hasFew = (
  statements: Statements,
  { since = 0, until, bucketMs }: Period,
  max: number,
): boolean =>
  (bucketMs === undefined ? (['submitted'] as const) : (['submitted', 'settled'] as const)).every((time) => {
    const where = whereOf({ since, until }, `${time}_at`);
    const inPeriod = clause(
      `SELECT 1 FROM tasks INDEXED BY tasks_${time} WHERE ${where.sql}`,
      ...where.values,
    );
    return countUpTo(statements, inPeriod, max + 1) <= max;
  });

const countUpTo = (statements: Statements, { sql, values }: Clause, limit: number): number =>
  Number(statements.of(`SELECT count(*) AS n FROM (${sql} LIMIT ?)`).get(...values, limit)?.['n']);

/** The latest tasks, `max` at most, that may meet a filter by something that the statistics do not count apart; `isCut`: there are more. */
export const latestMatches = (
  statements: Statements,
  { since, until, bucketMs, ...filter }: Cleared<HistoryFilter> & Period,
  max: number,
): { readonly from: Clause; readonly isCut: boolean } => {
  // Verdicts of a period are also those of tasks submitted before it.
  const period = { since: bucketMs === undefined ? since : undefined, until };
  const counted = matchesOf(filter, period, rowsIn(statements, period)).map((match) => ({
    match,
    n: countUpTo(statements, match, max + 1),
  }));
  const fewest = counted.toSorted((a, b) => a.n - b.n)[0];
  if (fewest === undefined) return { from: BY_SUBMISSION, isCut: false };
  const { sql, values } = fewest.match;
  return {
    from: clause(`(${sql} LIMIT ?) AS picked CROSS JOIN tasks ON tasks.row = picked.match`, ...values, max),
    isCut: fewest.n > max,
  };
};

interface Rows {
  readonly first: number;
  readonly last: number;
}

/** Times of submission may differ by so much from the order of the journal, in which rows are numbered. Milliseconds. */
const SKEW_MS = 60_000;

/** The rows that tasks of a period may have. */
const rowsIn = (statements: Statements, { since, until }: Period): Rows => {
  const row = 'SELECT row FROM tasks INDEXED BY tasks_submitted WHERE submitted_at';
  const rowAt = (order: string, time: number): unknown =>
    statements.of(`${row} ${order} LIMIT 1`).get(time)?.['row'];
  const first = since === undefined ? 0 : rowAt('>= ? ORDER BY submitted_at', since - SKEW_MS);
  const last =
    until === undefined ? Number.MAX_SAFE_INTEGER : rowAt('< ? ORDER BY submitted_at DESC', until + SKEW_MS);
  return { first: Number(first ?? Number.MAX_SAFE_INTEGER), last: Number(last ?? -1) };
};

/** For each condition that is not counted apart: its rows by its index, the latest first. */
const matchesOf = (
  { worker, errorCode, labels = {}, text, idPrefix }: Cleared<HistoryFilter>,
  { since = 0, until = Number.MAX_SAFE_INTEGER }: Period,
  { first, last }: Rows,
): Clause[] => {
  const inTasks = (index: string, { sql, values }: Clause, order: string): Clause =>
    clause(
      `SELECT row AS match FROM tasks INDEXED BY ${index} WHERE ${sql} ORDER BY ${order} DESC`,
      ...values,
    );
  const inPeriod = ({ sql, values }: Clause): Clause =>
    clause(`${sql} AND submitted_at >= ? AND submitted_at < ?`, ...values, since, until);
  const byRow = (column: string, table: string, { sql, values }: Clause): Clause =>
    clause(
      `SELECT ${column} AS match FROM ${table} WHERE ${sql} AND ${column} BETWEEN ? AND ? ORDER BY ${column} DESC`,
      ...values,
      first,
      last,
    );
  const label = (of: [string, string]): Clause => clause('label = ?', labelKey(...of));
  return [
    ...(worker === undefined
      ? []
      : [inTasks('tasks_worker', inPeriod(workerClause(worker)), 'submitted_at')]),
    ...(errorCode === undefined
      ? []
      : [inTasks('tasks_error', inPeriod(errorClause(errorCode)), 'submitted_at')]),
    ...Object.entries(labels).map((one) => byRow('row', 'labels', label(one))),
    ...(text === undefined ? [] : [byRow('rowid', 'words', matchClause(text))]),
    ...(idPrefix === undefined ? [] : [inTasks('tasks_id', idClause(idPrefix), 'id')]),
  ];
};
