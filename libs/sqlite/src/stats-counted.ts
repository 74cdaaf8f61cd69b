import type { Cleared, HistoryFilter } from '@precedent/contract-types';
import { DurationHistogram } from '@precedent/kernel';
import type { Columns } from './entry-columns.ts';
import { allOf, kindsClause, oneOf } from './filter-clauses.ts';
import type { Clause } from './filter-clauses.ts';
import type { Statements } from './statements.ts';
import { spansOf, widthOf } from './stats-period.ts';
import type { Period, Pieces, Span } from './stats-period.ts';
import { StatsTally } from './stats-tally.ts';
import type { BucketCount, TalliedGroup } from './stats-tally.ts';

/** Whether a filter is only by what the statistics count apart. */
export const isCountedApart = ({
  worker,
  errorCode,
  text,
  idPrefix,
  labels,
}: Cleared<HistoryFilter>): boolean =>
  [worker, errorCode, text, idPrefix].every((value) => value === undefined) &&
  Object.keys(labels ?? {}).length === 0;

/** Answers from the statistics, for a whole period. */
export class CountedStats {
  readonly #statements: Statements;
  readonly #where: Clause;

  constructor(statements: Statements, filter: Cleared<HistoryFilter>) {
    this.#statements = statements;
    const kinds = kindsClause(filter);
    const states = filter.state?.length ? [oneOf('stats.state', filter.state)] : [];
    this.#where = allOf([...(kinds ? [kinds] : []), ...states]);
  }

  tally(period: Period): StatsTally {
    const tally = new StatsTally();
    for (const span of spansOf(period)) for (const columns of this.#submitted(span)) addTo(tally, columns);
    return tally;
  }

  #submitted({ width, from, to }: Span): readonly Columns[] {
    const sql = `SELECT project, type, band, state, submitted, waited, ran FROM stats CROSS JOIN kinds USING (kind)
      WHERE width = ? AND period >= ? AND period < ? AND submitted > 0 AND ${this.#where.sql}`;
    return this.#statements.of(sql).all(width, from, to, ...this.#where.values);
  }

  perBucket(time: 'submitted' | 'settled', pieces: Pieces): BucketCount[] {
    const { since, until, bucketMs } = pieces;
    const sql = `SELECT (period - CAST(? AS INTEGER)) / CAST(? AS INTEGER) AS bucket, state, sum(${time}) AS n
      FROM stats CROSS JOIN kinds USING (kind)
      WHERE width = ? AND period >= ? AND period < ? AND ${time} > 0 AND ${this.#where.sql} GROUP BY 1, 2`;
    const values = [since, bucketMs, widthOf(pieces), since, until, ...this.#where.values];
    return this.#statements
      .of(sql)
      .all(...values)
      .map(bucketCountOf);
  }
}

const addTo = (tally: StatsTally, columns: Columns): void => {
  tally.add(groupOf(columns), Number(columns['submitted']));
  tally.waited.merge(DurationHistogram.of(String(columns['waited'])));
  tally.ran.merge(DurationHistogram.of(String(columns['ran'])));
};

export const groupOf = (columns: Columns): TalliedGroup => ({
  state: String(columns['state']),
  band: String(columns['band']),
  type: String(columns['type']),
  project: String(columns['project']),
});

export const bucketCountOf = (columns: Columns): BucketCount => ({
  bucket: Number(columns['bucket']),
  state: String(columns['state']),
  n: Number(columns['n']),
});
