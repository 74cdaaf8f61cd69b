import { CHANGING_COLUMNS, ENTRY_COLUMNS, entryOf, searchTextsOf } from './entry-columns.ts';
import type { Columns } from './entry-columns.ts';
import { WORDS } from './history-writer.ts';
import type { TaskClass } from '@precedent/tasks';
import type { Statements } from './statements.ts';

export interface CarryOptions {
  /** The file of the other history, which may be in use. */
  readonly from: string;
  /** Tasks submitted before, epoch milliseconds. */
  readonly before: number;
  /** Behind this row, so many at a time. */
  readonly after: number;
  readonly max: number;
}

const COLUMNS = ['row', ...ENTRY_COLUMNS, ...CHANGING_COLUMNS];
/** What they have seen is what the other history had seen when they were read. */
const SELECTED = COLUMNS.map((name) => (name === 'as_of' ? '(SELECT seq FROM old.place)' : name));

/**
 * Takes over the next tasks of another history, with everything that hangs on them; the first time also what belongs to no task.
 * Rows keep their numbers. `count` is called in the same transaction, with the last row. Returns it; `undefined` when there was none left.
 */
export const carryTasks = (
  statements: Statements,
  options: CarryOptions,
  count: (last: number) => void,
): number | undefined => {
  const { db } = statements;
  db.prepare('ATTACH ? AS old').run(options.from);
  try {
    return statements.atOnce(() => {
      const last = carryNext(statements, options);
      if (last !== undefined) count(last);
      return last;
    });
  } finally {
    db.exec('DETACH old');
  }
};

const carryNext = ({ db }: Statements, { before, after, max }: CarryOptions): number | undefined => {
  for (const table of ['classes', 'kinds'])
    db.exec(`INSERT OR IGNORE INTO ${table} SELECT * FROM old.${table}`);
  if (after === 0) carryLoose(db, before);
  const range = 'row > ? AND submitted_at < ? ORDER BY row LIMIT ?';
  const last = db
    .prepare(`SELECT max(row) AS last FROM (SELECT row FROM old.tasks WHERE ${range})`)
    .get(after, before, max)?.['last'];
  if (typeof last !== 'number') return undefined;
  const tasks = `SELECT row FROM old.tasks WHERE row > ${after} AND row <= ${last} AND submitted_at < ${before}`;
  db.exec(
    `INSERT INTO tasks (${COLUMNS.join(', ')}) SELECT ${SELECTED.join(', ')} FROM old.tasks WHERE row IN (${tasks})`,
  );
  for (const table of ['attempts', 'operations', 'labels']) {
    db.exec(`INSERT OR REPLACE INTO ${table} SELECT * FROM old.${table} WHERE row IN (${tasks})`);
  }
  carryWords(db, after, last);
  return last;
};

type Database = Statements['db'];

const carryLoose = (db: Database, before: number): void => {
  db.exec('UPDATE place SET whole_from = (SELECT whole_from FROM old.place)');
  db.exec(
    `INSERT OR IGNORE INTO operations SELECT * FROM old.operations WHERE row IS NULL AND at < ${before}`,
  );
  db.exec(`INSERT OR IGNORE INTO decisions SELECT * FROM old.decisions WHERE at < ${before}`);
  db.exec(`INSERT OR IGNORE INTO parties SELECT * FROM old.parties WHERE at < ${before}`);
};

/** The index of words has no copy of its texts: they are put together again. */
const carryWords = (db: Database, after: number, last: number): void => {
  const insert = db.prepare(WORDS);
  const rows = db.prepare(
    'SELECT tasks.*, classes.text AS class_text FROM tasks JOIN classes USING (class) WHERE row > ? AND row <= ?',
  );
  for (const columns of rows.all(after, last)) {
    const entry = entryOf(columns, classIn(columns));
    insert.run(Number(columns['row']), ...searchTextsOf(entry));
  }
};

const classIn = (columns: Columns): TaskClass => JSON.parse(String(columns['class_text'])) as TaskClass;
