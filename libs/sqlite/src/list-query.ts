import type { HistoryFilter } from '@precedent/contract-types';
import { AppError, cutGraphemes } from '@precedent/kernel';
import type { HistoryListQuery } from '@precedent/ports';
import { CHANGING_COLUMNS, ENTRY_COLUMNS, labelKey } from './entry-columns.ts';
import type { Columns, ColumnValue } from './entry-columns.ts';
import { matchOf } from './match-text.ts';
import type { Statements } from './statements.ts';

/** A piece of SQL with the values of its marks. */
export interface Clause {
  readonly sql: string;
  readonly values: readonly ColumnValue[];
}

const clause = (sql: string, ...values: ColumnValue[]): Clause => ({ sql, values });

/** Everything but the result, which may be large. */
const LISTED = ['row', ...ENTRY_COLUMNS, ...CHANGING_COLUMNS.filter((name) => name !== 'result')]
  .map((name) => `tasks.${name}`)
  .join(', ');
export const SELECT_LISTED = `SELECT ${LISTED}, NULL AS result`;

/** How many index entries are counted, at most, to learn which field narrows most. */
const PROBED_MAX = 20_000;
/** Matches that may be sorted rather than found in order. */
const SORTED_MAX = 2_000;

/** Where a page begins: behind this task. */
interface Cursor {
  readonly at: number;
  readonly row: number;
}

export const cursorText = ({ at, row }: Cursor): string =>
  Buffer.from(JSON.stringify([at, row])).toString('base64url');

export const readCursor = (text: string): Cursor => {
  try {
    const [at, row] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    if (Number.isSafeInteger(at) && Number.isSafeInteger(row)) return { at: Number(at), row: Number(row) };
  } catch {
    // Refused below.
  }
  throw new AppError('INVALID_REQUEST', `"${cutGraphemes(text, 40)}" is no cursor of an earlier page`);
};

/** A field that has an index, with one of its values. */
interface Driver {
  readonly field: string;
  readonly index: string;
  readonly value: ColumnValue;
}

const INDEXED = {
  error_code: 'tasks_error',
  worker: 'tasks_worker',
  project: 'tasks_project',
  namespace: 'tasks_namespace',
  type: 'tasks_type',
  state: 'tasks_state',
  band: 'tasks_band',
} as const;
type IndexedField = keyof typeof INDEXED;

/** The values that the filter names, by column. */
const fieldsOf = (filter: HistoryFilter): Map<IndexedField, readonly string[]> => {
  const { errorCode, worker, project, namespace, type, state, band } = filter;
  const fields: [IndexedField, readonly string[] | undefined][] = [
    ['error_code', errorCode === undefined ? undefined : [errorCode]],
    ['worker', worker === undefined ? undefined : [worker]],
    ['project', project === undefined ? undefined : [project]],
    ['namespace', namespace === undefined ? undefined : [namespace]],
    ['type', type],
    ['state', state],
    ['band', band],
  ];
  return new Map(fields.flatMap(([name, values]) => (values?.length ? [[name, values] as const] : [])));
};

/** Comes after every character of an id. */
const AFTER_IDS = '~';

/** Everything that a filter asks for, but the words, and but the field that an index answers already. */
const conditionsOf = (filter: HistoryFilter, time: string, driven?: string): Clause[] => {
  const found = [...fieldsOf(filter)]
    .filter(([name]) => name !== driven)
    .map(([name, values]) => clause(`tasks.${name} IN (${values.map(() => '?').join(', ')})`, ...values));
  for (const [name, value] of Object.entries(filter.labels ?? {})) {
    found.push(
      clause(
        'EXISTS (SELECT 1 FROM labels WHERE labels.label = ? AND labels.row = tasks.row)',
        labelKey(name, value),
      ),
    );
  }
  if (filter.idPrefix !== undefined)
    found.push(clause('tasks.id >= ? AND tasks.id < ?', filter.idPrefix, filter.idPrefix + AFTER_IDS));
  if (filter.since !== undefined) found.push(clause(`tasks.${time} >= ?`, filter.since));
  if (filter.until !== undefined) found.push(clause(`tasks.${time} < ?`, filter.until));
  return found;
};

/** The whole of a filter as one condition. */
export const whereOf = (filter: HistoryFilter, time = 'submitted_at'): Clause => {
  const all = conditionsOf(filter, time);
  if (filter.text !== undefined) {
    all.push(clause('tasks.row IN (SELECT rowid FROM words WHERE words MATCH ?)', matchOf(filter.text)));
  }
  return joined(all);
};

const joined = (clauses: readonly Clause[]): Clause => ({
  sql: clauses.length === 0 ? '1' : clauses.map(({ sql }) => sql).join(' AND '),
  values: clauses.flatMap(({ values }) => values),
});

/** A query that gives one page in order, and one row more when there is another page. */
export const listClauses = (statements: Statements, query: HistoryListQuery): Clause[] => {
  const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor);
  if (query.text !== undefined) return [byText(query, query.text, cursor)];
  if (query.idPrefix !== undefined) return [byId(query, cursor)];
  const driver = bestDriver(statements, query);
  if (query.order === 'settled') return [bySettled(query, driver, cursor)];
  const [label] = Object.entries(query.labels ?? {});
  if (label && driver.count > SORTED_MAX) return [byLabel(query, labelKey(...label), cursor)];
  if (driver.drivers.length === 0) return [bySubmitted(query, undefined, cursor)];
  return driver.drivers.map((one) => bySubmitted(query, one, cursor));
};

interface Driving {
  /** One for each alternative; none: the order of submission itself. */
  readonly drivers: readonly Driver[];
  /** Rows that they match, counted up to a limit. */
  readonly count: number;
}

/** The field whose values match the fewest tasks: it is found by its index, the others are compared. */
const bestDriver = (statements: Statements, filter: HistoryFilter): Driving => {
  let best: Driving = { drivers: [], count: Number.POSITIVE_INFINITY };
  for (const [field, values] of fieldsOf(filter)) {
    const drivers = values.map((value) => ({ field, index: INDEXED[field], value }));
    const count = drivers.reduce((sum, driver) => sum + probe(statements, driver), 0);
    if (count < best.count) best = { drivers, count };
  }
  return best;
};

const probe = (statements: Statements, { field, index, value }: Driver): number => {
  const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM tasks INDEXED BY ${index} WHERE ${field} = ? LIMIT ${PROBED_MAX})`;
  return Number(statements.of(sql).get(value)?.['n']);
};

const behind = (time: string, cursor: Cursor | undefined): Clause[] =>
  cursor === undefined
    ? []
    : [
        clause(`tasks.${time} <= ?`, cursor.at),
        clause(`(tasks.${time} < ? OR tasks.row < ?)`, cursor.at, cursor.row),
      ];

const bySubmitted = (query: HistoryListQuery, driver: Driver | undefined, cursor?: Cursor): Clause => {
  const index = driver?.index ?? 'tasks_submitted';
  const where = joined([
    ...(driver === undefined ? [] : [clause(`tasks.${driver.field} = ?`, driver.value)]),
    ...behind('submitted_at', cursor),
    ...conditionsOf(query, 'submitted_at', driver?.field),
  ]);
  return paged(`tasks INDEXED BY ${index}`, where, 'tasks.submitted_at DESC, tasks.row DESC', query.limit);
};

const byId = (query: HistoryListQuery, cursor?: Cursor): Clause => {
  const time = query.order === 'settled' ? 'settled_at' : 'submitted_at';
  const where = joined([
    clause(`tasks.${time} IS NOT NULL`),
    ...behind(time, cursor),
    ...conditionsOf(query, time),
  ]);
  return paged('tasks INDEXED BY tasks_id', where, `tasks.${time} DESC, tasks.row DESC`, query.limit);
};

const bySettled = (query: HistoryListQuery, { drivers, count }: Driving, cursor?: Cursor): Clause => {
  const [first] = drivers;
  const sorts = first !== undefined && drivers.length === 1 && count <= SORTED_MAX;
  const where = joined([
    clause('tasks.settled_at IS NOT NULL'),
    ...behind('settled_at', cursor),
    ...conditionsOf(query, 'settled_at'),
  ]);
  const index = sorts ? first.index : 'tasks_settled';
  return paged(`tasks INDEXED BY ${index}`, where, 'tasks.settled_at DESC, tasks.row DESC', query.limit);
};

/** Rows are numbered in the order of submission, so their order is that of the time. */
const byLabel = (query: HistoryListQuery, label: string, cursor?: Cursor): Clause => {
  const where = joined([
    clause('labels.label = ?', label),
    ...(cursor === undefined ? [] : [clause('labels.row < ?', cursor.row)]),
    ...conditionsOf(query, 'submitted_at'),
  ]);
  return paged('labels CROSS JOIN tasks ON tasks.row = labels.row', where, 'labels.row DESC', query.limit);
};

const byText = (query: HistoryListQuery, text: string, cursor?: Cursor): Clause => {
  const time = query.order === 'settled' ? 'settled_at' : 'submitted_at';
  const where = joined([
    clause('words MATCH ?', matchOf(text)),
    ...(cursor === undefined ? [] : [clause('words.rowid < ?', cursor.row)]),
    ...conditionsOf(query, time),
  ]);
  return paged('words CROSS JOIN tasks ON tasks.row = words.rowid', where, 'words.rowid DESC', query.limit);
};

const paged = (from: string, where: Clause, order: string, limit: number): Clause =>
  clause(
    `${SELECT_LISTED} FROM ${from} WHERE ${where.sql} ORDER BY ${order} LIMIT ?`,
    ...where.values,
    limit + 1,
  );

/** The pages of alternatives as one: all are in the same order. */
export const merged = (pages: readonly (readonly Columns[])[]): Columns[] => {
  const [only] = pages;
  if (pages.length === 1 && only) return [...only];
  return pages.flat().sort((a, b) => byTime(a, b));
};

const byTime = (a: Columns, b: Columns): number =>
  Number(b['submitted_at']) - Number(a['submitted_at']) || Number(b['row']) - Number(a['row']);
