import { ANY } from '@precedent/contract-types';
import type { Cleared, Clearances, HistoryFilter, ProjectClearances } from '@precedent/contract-types';
import { labelKey } from './entry-columns.ts';
import type { ColumnValue } from './entry-columns.ts';
import { matchOf } from './match-text.ts';

/** A piece of SQL with the values of its marks. */
export interface Clause {
  readonly sql: string;
  readonly values: readonly ColumnValue[];
}

export const clause = (sql: string, ...values: ColumnValue[]): Clause => ({ sql, values });

/** All of them. */
export const allOf = (clauses: readonly Clause[]): Clause => ({
  sql: clauses.length === 0 ? '1' : clauses.map(({ sql }) => sql).join(' AND '),
  values: clauses.flatMap(({ values }) => values),
});

export type TimeColumn = 'submitted_at' | 'settled_at';

/** A part of a filter. */
export type FilterPart = 'kind' | 'state' | 'worker' | 'error' | 'labels' | 'id' | 'text' | 'time';

/** Comes after every character of an id. */
export const AFTER_IDS = '~';

export const oneOf = (column: string, values: readonly string[]): Clause =>
  clause(`${column} IN (${values.map(() => '?').join(', ')})`, ...values);

/** What a filter says of the kind, as a condition on `kinds`; `undefined` when it says nothing. */
export const kindsClause = (filter: Cleared<HistoryFilter>): Clause | undefined => {
  const { namespace, project, projects, cleared, type, band } = filter;
  const single = (value: string | undefined) => (value === undefined ? undefined : [value]);
  const fields = { namespace: single(namespace), project: single(project), type, band };
  const found = Object.entries(fields).flatMap(([name, values]) =>
    values?.length ? [oneOf(`kinds.${name}`, values)] : [],
  );
  // An empty list of projects matches none.
  if (projects !== undefined) found.push(oneOf('kinds.project', projects));
  if (cleared !== undefined) found.push(clearedClause(cleared));
  return found.length === 0 ? undefined : allOf(found);
};

/** Without a label, or with one of those: as `isClearedFor` decides. */
const clearedClause = ({ clearances, projectClearances = [] }: Clearances): Clause => {
  if (clearances === ANY) return clause('1');
  const ofProject = ({ project, labels }: ProjectClearances): Clause => {
    const isProject = clause('kinds.project = ?', project);
    return labels.includes(ANY) ? isProject : allOf([isProject, oneOf('kinds.security', labels)]);
  };
  const any = [oneOf('kinds.security', ['', ...clearances]), ...projectClearances.map(ofProject)];
  const sql = any.map((one) => `(${one.sql})`).join(' OR ');
  return clause(`(${sql})`, ...any.flatMap(({ values }) => values));
};

const ofKind = ({ sql, values }: Clause): Clause =>
  clause(`tasks.kind IN (SELECT kinds.kind FROM kinds WHERE ${sql})`, ...values);

export const workerClause = (worker: string): Clause => clause('tasks.worker = ?', worker);
export const errorClause = (code: string): Clause => clause('tasks.error_code = ?', code);
export const idClause = (prefix: string): Clause =>
  clause('tasks.id >= ? AND tasks.id < ?', prefix, prefix + AFTER_IDS);
export const matchClause = (text: string): Clause => clause('words MATCH ?', matchOf(text));

/** From `since` on, and before `until`, by the time that the answer is ordered by, which every task in it has. */
export const timeClauses = ({ since, until }: Cleared<HistoryFilter>, time: TimeColumn): Clause[] => [
  ...(time === 'settled_at' ? [clause('tasks.settled_at IS NOT NULL')] : []),
  ...(since === undefined ? [] : [clause(`tasks.${time} >= ?`, since)]),
  ...(until === undefined ? [] : [clause(`tasks.${time} < ?`, until)]),
];

const hasLabel = (name: string, value: string): Clause =>
  clause(
    'EXISTS (SELECT 1 FROM labels WHERE labels.label = ? AND labels.row = tasks.row)',
    labelKey(name, value),
  );

/** The parts of a filter as conditions on `tasks`. */
export const conditionsOf = (
  filter: Cleared<HistoryFilter>,
  time: TimeColumn,
): ReadonlyMap<FilterPart, readonly Clause[]> => {
  const { state, worker, errorCode, labels = {}, idPrefix, text } = filter;
  const kinds = kindsClause(filter);
  const parts: Record<FilterPart, readonly Clause[]> = {
    kind: kinds === undefined ? [] : [ofKind(kinds)],
    state: state?.length ? [oneOf('tasks.state', state)] : [],
    worker: worker === undefined ? [] : [workerClause(worker)],
    error: errorCode === undefined ? [] : [errorClause(errorCode)],
    labels: Object.entries(labels).map(([name, value]) => hasLabel(name, value)),
    id: idPrefix === undefined ? [] : [idClause(idPrefix)],
    text:
      text === undefined
        ? []
        : [clause('tasks.row IN (SELECT rowid FROM words WHERE words MATCH ?)', matchOf(text))],
    time: timeClauses(filter, time),
  };
  return new Map(Object.entries(parts) as [FilterPart, readonly Clause[]][]);
};

/** The whole of a filter as one condition on `tasks`. */
export const whereOf = (filter: Cleared<HistoryFilter>, time: TimeColumn = 'submitted_at'): Clause =>
  allOf([...conditionsOf(filter, time).values()].flat());
