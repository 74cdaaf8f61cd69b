import type { HistoryListQuery } from '@precedent/ports';
import { CHANGING_COLUMNS, ENTRY_COLUMNS } from './entry-columns.ts';
import type { Columns } from './entry-columns.ts';
import type { Clause, TimeColumn } from './filter-clauses.ts';
import { clause, allOf, timeClauses } from './filter-clauses.ts';
import type { ListPlace } from './list-cursor.ts';
import { cursorText, readCursor } from './list-cursor.ts';
import type { Access, ListLimits, Stream } from './list-streams.ts';
import { LIST_LIMITS, accessOf } from './list-streams.ts';
import type { Statements } from './statements.ts';

/** Everything but the result, which may be large. */
const LISTED = ['row', ...ENTRY_COLUMNS, ...CHANGING_COLUMNS.filter((name) => name !== 'result')]
  .map((name) => `tasks.${name}`)
  .join(', ');
export const SELECT_LISTED = `SELECT ${LISTED}, NULL AS result`;

export interface ListPage {
  readonly rows: readonly Columns[];
  /** Of the next page. There may be one although this one is not full: what a page costs is bounded. */
  readonly cursor?: string;
}

/** The next tasks that match, the latest first. */
export const listPage = (
  statements: Statements,
  query: HistoryListQuery,
  limits: ListLimits = LIST_LIMITS,
): ListPage => {
  const time: TimeColumn = query.order === 'settled' ? 'settled_at' : 'submitted_at';
  const access = accessOf(statements, { query, time, limits });
  const reader = new StreamReader(statements, { query, time, access });
  const end = access.isShort || access.rest.length === 0 ? undefined : reader.endOf(limits.compared);
  const places = reader.places(query.limit + 1, end);
  const page = places.slice(0, query.limit);
  const next = places.length > query.limit ? page.at(-1) : end;
  const rowOf = statements.of(`${SELECT_LISTED} FROM tasks WHERE row = ?`);
  return {
    rows: page.map(({ row }) => rowOf.get(row) ?? {}),
    ...(next && { cursor: cursorText(next) }),
  };
};

interface Reading {
  readonly query: HistoryListQuery;
  readonly time: TimeColumn;
  readonly access: Access;
}

/** Reads the streams of one page from its cursor on. */
class StreamReader {
  readonly #statements: Statements;
  readonly #reading: Reading;

  constructor(statements: Statements, reading: Reading) {
    this.#statements = statements;
    this.#reading = reading;
  }

  /** The place up to which all streams together have about `max` entries; `undefined` when they end before. */
  endOf(max: number): ListPlace | undefined {
    const { streams } = this.#reading.access;
    const each = Math.ceil(max / Math.max(1, streams.length));
    return streams.flatMap((stream) => this.#entry(stream, each) ?? []).toSorted(this.#byPlace)[0];
  }

  /** The first places of all streams together that meet the rest, as far as `end`. */
  places(max: number, end: ListPlace | undefined): ListPlace[] {
    let places: ListPlace[] = [];
    let last = end;
    for (const stream of this.#reading.access.streams) {
      places = [...places, ...this.#matches(stream, max, last)].sort(this.#byPlace).slice(0, max);
      if (places.length === max) last = places.at(-1);
    }
    return places;
  }

  /** The place of the last of so many entries of the index. */
  #entry(stream: Stream, count: number): ListPlace | undefined {
    const { time, access } = this.#reading;
    const where = allOf([...stream.where, ...rangeOf(this.#reading, stream)]);
    const at = access.order === 'row' ? '0' : `tasks.${time}`;
    const sql = `SELECT ${stream.row} AS row, ${at} AS at FROM ${stream.index} WHERE ${where.sql} ${this.#order(stream)} LIMIT 1 OFFSET ?`;
    const found = this.#statements.of(sql).get(...where.values, count - 1);
    return found && placeOf(found);
  }

  #matches(stream: Stream, max: number, end: ListPlace | undefined): ListPlace[] {
    const { time, access } = this.#reading;
    const where = allOf([...stream.where, ...rangeOf(this.#reading, stream, end), ...access.rest]);
    const sql = `SELECT ${stream.row} AS row, tasks.${time} AS at FROM ${stream.from} WHERE ${where.sql} ${this.#order(stream)} LIMIT ?`;
    return this.#statements
      .of(sql)
      .all(...where.values, max)
      .map(placeOf);
  }

  readonly #byPlace = (a: ListPlace, b: ListPlace): number =>
    this.#reading.access.order === 'row' ? b.row - a.row : b.at - a.at || b.row - a.row;

  #order({ row }: Stream): string {
    const { time, access } = this.#reading;
    return access.order === 'row' ? `ORDER BY ${row} DESC` : `ORDER BY tasks.${time} DESC, ${row} DESC`;
  }
}

/** What a stream is cut to: the times of the filter, what is behind the cursor, and what is not behind `end`. */
const rangeOf = ({ query, time, access }: Reading, { row }: Stream, end?: ListPlace): Clause[] => {
  const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor);
  if (access.order === 'row')
    return [
      ...(cursor ? [clause(`${row} < ?`, cursor.row)] : []),
      ...(end ? [clause(`${row} >= ?`, end.row)] : []),
    ];
  const at = `tasks.${time}`;
  const bound = (place: ListPlace, is: '<' | '>', orSame: '<' | '>='): Clause[] => [
    clause(`${at} ${is}= ?`, place.at),
    clause(`(${at} ${is} ? OR ${row} ${orSame} ?)`, place.at, place.row),
  ];
  return [
    ...timeClauses(query, time),
    ...(cursor ? bound(cursor, '<', '<') : []),
    ...(end ? bound(end, '>', '>=') : []),
  ];
};

const placeOf = (columns: Columns): ListPlace => ({ at: Number(columns['at']), row: Number(columns['row']) });
