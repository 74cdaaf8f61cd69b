import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '@precedent/kernel';
import { CHANGING_COLUMNS, ENTRY_COLUMNS } from './entry-columns.ts';
import { FILE } from './history-folder.ts';
import { OPERATIONS_PER_ENTRY } from './operation-keys.ts';
import { isCorrupt, sqliteError } from './sqlite-errors.ts';

/** A row of a history that is not as the journal says. */
export interface HistoryDifference {
  readonly table: string;
  readonly task?: string;
  readonly message: string;
}

export interface ComparisonBounds {
  /** When the first entry of the journal was written; tasks that were submitted before are in no entry. */
  readonly from: EpochMs;
  /** Tasks that were settled before may have been forgotten. */
  readonly forgottenBefore: EpochMs;
}

export interface ComparedHistory {
  /** Up to where the journal was read into it. */
  readonly seq: number;
  /** Tasks whose rows were compared. */
  readonly compared: number;
  /** Tasks that are older than the journal: their pages were checked, and not their content. */
  readonly older: number;
  readonly differences: readonly HistoryDifference[];
}

/** The stored history of a folder, as it is at the first look; it may be in use. Throws HISTORY_UNAVAILABLE. */
export interface HistoryComparison {
  /** Up to where the journal was read into it. */
  readonly seq: number;
  /** Compares it with one that was folded again, in `made`. */
  compare(bounds: ComparisonBounds): ComparedHistory;
  close(): void;
}

/** Differences that are named of each table, at most. */
const NAMED_MAX = 100;
/** The clocks of engine and server may differ by so much. Milliseconds. */
const SKEW_MS = 60_000;

/** Opens the history of a folder for a comparison with the file `made`, which is there already. `undefined`: the folder has none. */
export const openHistoryComparison = (dir: string, made: string): HistoryComparison | undefined => {
  const file = path.join(dir, FILE);
  if (!existsSync(file)) return undefined;
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    db.prepare('ATTACH ? AS made').run(made);
    // What another process writes meanwhile is not seen.
    db.exec('BEGIN');
    const seq = Number(db.prepare('SELECT seq FROM main.place').get()?.['seq']);
    return { seq, compare: (bounds) => compared(db, seq, bounds), close: () => db.close() };
  } catch (error) {
    throw sqliteError(error, `reading ${file}`);
  }
};

const compared = (db: DatabaseSync, seq: number, bounds: ComparisonBounds): ComparedHistory => {
  try {
    const count = (sql: string): number => Number(db.prepare(sql).get()?.['n']);
    const both = count('SELECT count(*) AS n FROM main.tasks WHERE id IN (SELECT id FROM made.tasks)');
    return {
      seq,
      compared: both,
      older: count('SELECT count(*) AS n FROM main.tasks') - both,
      differences: [...damagedPages(db), ...QUERIES.flatMap((query) => found(db, query, bounds))],
    };
  } catch (error) {
    const problem = sqliteError(error, 'comparing the history');
    if (!isCorrupt(error)) throw problem;
    return { seq, compared: 0, older: 0, differences: [{ table: 'file', message: problem.message }] };
  }
};

/** Pages, the order of rows, and indexes. */
const damagedPages = (db: DatabaseSync): HistoryDifference[] =>
  db
    .prepare(`PRAGMA main.integrity_check(${NAMED_MAX})`)
    .all()
    .map((row) => String(row['integrity_check']))
    .filter((message) => message !== 'ok')
    .map((message) => ({ table: 'file', message }));

interface Query {
  readonly table: string;
  /** Selects `task` and `message`. */
  readonly sql: string;
  readonly values: (bounds: ComparisonBounds) => readonly number[];
}

const found = (db: DatabaseSync, { table, sql, values }: Query, bounds: ComparisonBounds) =>
  db
    .prepare(`${sql} LIMIT ${NAMED_MAX}`)
    .all(...values(bounds))
    .map(({ task, message }) => ({
      table,
      ...(typeof task === 'string' && { task }),
      message: String(message).trim(),
    }));

/** Columns of a task that say the same in every file; `class` and `kind` are numbers of the file. */
const TASK_COLUMNS = [
  ...ENTRY_COLUMNS.filter((name) => name !== 'id' && name !== 'class' && name !== 'kind'),
  ...CHANGING_COLUMNS,
];

const classOf = (file: string, row: string): string =>
  `(SELECT text FROM ${file}.classes WHERE classes.class = ${row}.class)`;
const kindOf = (file: string, row: string): string =>
  `(SELECT json_array(namespace, project, type, band) FROM ${file}.kinds WHERE kinds.kind = ${row}.kind)`;

const COMPARED: readonly (readonly [string, string, string])[] = [
  ...TASK_COLUMNS.map((name) => [name, `stored.${name}`, `again.${name}`] as const),
  ['class', classOf('main', 'stored'), classOf('made', 'again')],
  ['kind', kindOf('main', 'stored'), kindOf('made', 'again')],
];

const CHANGED_COLUMNS = COMPARED.map(
  ([name, stored, again]) => `iif(${stored} IS NOT ${again}, '${name} ', '')`,
).join(' || ');

/** A history of an older version has no events of what it stored before. */
const ofEvents = (value: string): string =>
  `iif(item.op < (SELECT whole_from FROM main.place), NULL, ${value})`;

const columnOf = (file: string, name: string): string => {
  if (name === 'feed') return ofEvents('item.feed');
  return name === 'kind' ? ofEvents(kindOf(file, 'item')) : `item.${name}`;
};

const OPERATION_COLUMNS = ['op', 'at', 'event', 'note', 'kind', 'feed'];
const operationColumns = (file: string): string =>
  OPERATION_COLUMNS.map((name) => `${columnOf(file, name)} AS ${name}`).join(', ');

/** What hangs on tasks that both files have. */
const rowsOf = (file: string, table: string, columns: readonly string[]): string =>
  `SELECT owner.id AS task, ${columns.map((name) => columnOf(file, name)).join(', ')}
   FROM ${file}.${table} AS item JOIN ${file}.tasks AS owner ON owner.row = item.row
   WHERE owner.id IN (SELECT id FROM made.tasks) AND owner.id IN (SELECT id FROM main.tasks)`;

const differing = (table: string, ...columns: readonly string[]): Query[] => {
  const [stored, again] = [rowsOf('main', table, columns), rowsOf('made', table, columns)];
  const select = (text: string, one: string, other: string): string =>
    `SELECT DISTINCT task, '${text}' AS message FROM (SELECT * FROM (${one}) EXCEPT SELECT * FROM (${other}))`;
  return [
    { table, sql: select('the journal has it otherwise', again, stored), values: () => [] },
    { table, sql: select('the journal does not have it', stored, again), values: () => [] },
  ];
};

const QUERIES: readonly Query[] = [
  {
    table: 'tasks',
    sql: `SELECT task, 'the journal has other values: ' || columns AS message
      FROM (SELECT stored.id AS task, ${CHANGED_COLUMNS} AS columns
        FROM main.tasks AS stored JOIN made.tasks AS again ON again.id = stored.id) WHERE columns <> ''`,
    values: () => [],
  },
  {
    table: 'tasks',
    sql: `SELECT id AS task, 'it is missing' AS message FROM made.tasks
      WHERE id NOT IN (SELECT id FROM main.tasks) AND coalesce(settled_at, 9e18) >= ?`,
    values: ({ forgottenBefore }) => [forgottenBefore],
  },
  {
    table: 'tasks',
    sql: `SELECT id AS task, 'the journal does not have it' AS message FROM main.tasks
      WHERE id NOT IN (SELECT id FROM made.tasks) AND submitted_at > ?`,
    values: ({ from }) => [from + SKEW_MS],
  },
  ...differing(
    'attempts',
    'epoch',
    'attempt',
    'worker',
    'started_at',
    'ended_at',
    'outcome',
    'victim_end',
    'error',
  ),
  ...differing('operations', ...OPERATION_COLUMNS),
  ...differing('labels', 'label'),
  {
    table: 'operations',
    sql: `SELECT NULL AS task, 'entry ' || op / ${OPERATIONS_PER_ENTRY} || ': the journal has it otherwise' AS message
      FROM (SELECT ${operationColumns('made')} FROM made.operations AS item WHERE row IS NULL AND at >= ?
        EXCEPT SELECT ${operationColumns('main')} FROM main.operations AS item WHERE row IS NULL)`,
    values: ({ forgottenBefore }) => [forgottenBefore],
  },
  // The words of an explanation are of the version that wrote them.
  {
    table: 'decisions',
    sql: `SELECT task, 'decision ' || id || ': the journal has it otherwise' AS message
      FROM (SELECT task, id, at, outcome, record FROM made.decisions WHERE at >= ?
        EXCEPT SELECT task, id, at, outcome, record FROM main.decisions)`,
    values: ({ forgottenBefore }) => [forgottenBefore],
  },
];
