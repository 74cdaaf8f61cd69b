import { DatabaseSync } from 'node:sqlite';
import { AppError } from '@precedent/kernel';
import type { IndexState, IndexStep, IndexedSuccess } from '@precedent/ports';
import { SET_ASIDE_SCHEMA, addSetAside, readSetAside } from './set-aside-table.ts';

/** 2: each text of `open` says its own version. A file of version 1 is read as it is, and is one of version 2 from then on. */
const VERSION = 2;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS position (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS open (key TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS successes (
    n INTEGER PRIMARY KEY, spec TEXT NOT NULL, task TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL, count INTEGER NOT NULL, since INTEGER NOT NULL, pinned INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS successes_spec ON successes (spec);
  ${SET_ASIDE_SCHEMA}
`;

/**
 * One connection, so there is no need for a write-ahead log, which would keep what was deleted until a checkpoint cuts it: the rollback journal
 * is cut at every commit, and deleted content is overwritten.
 */
const PRAGMAS = 'PRAGMA secure_delete = ON; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL';

/**
 * An `IndexState` in a file, or in memory for `:memory:`. Throws DATA_TOO_NEW for a file of a later version, and JOURNAL_CORRUPT
 * for one that is no database: it may be deleted, then everything is indexed again.
 */
export const sqliteIndexState = (file: string): IndexState => {
  const db = opened(file);
  const position = (name: string): number => {
    const row = db.prepare('SELECT seq FROM position WHERE name = ?').get(name);
    return Number(row?.['seq'] ?? 0);
  };
  const moveTo = db.prepare(
    'INSERT INTO position (name, seq) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq',
  );
  const put = db.prepare(
    'INSERT INTO open (key, text) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET text = excluded.text',
  );
  const drop = db.prepare('DELETE FROM open WHERE key = ?');
  const successes = successesIn(db);
  const apply = (step: IndexStep): void => {
    successes.remove(step);
    for (const [spec, latest] of step.successes ?? []) successes.replace(spec, latest);
    for (const key of step.drop ?? []) drop.run(key);
    for (const [key, text] of step.put ?? []) put.run(key, text);
    if (step.journal !== undefined) moveTo.run('journal', step.journal);
    if (step.notes !== undefined) moveTo.run('notes', step.notes);
    addSetAside(db, step.aside ?? []);
  };
  return {
    get journal() {
      return position('journal');
    },
    get notes() {
      return position('notes');
    },
    open: () =>
      new Map(
        db
          .prepare('SELECT key, text FROM open')
          .all()
          .map(({ key, text }) => [String(key), String(text)]),
      ),
    successes: successes.of,
    setAside: () => readSetAside(db),
    save: (step) => atOnce(db, () => apply(step)),
    close: () => db.close(),
  };
};

/** The table of successes. Only rows that differ are written; `n` holds their order. */
const successesIn = (db: DatabaseSync) => {
  const select = db.prepare('SELECT task, at, count, since, pinned FROM successes WHERE spec = ? ORDER BY n');
  const write =
    db.prepare(`INSERT INTO successes (spec, task, at, count, since, pinned) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (task) DO UPDATE SET spec = excluded.spec, at = excluded.at, count = excluded.count,
      since = excluded.since, pinned = excluded.pinned`);
  const removeTask = db.prepare('DELETE FROM successes WHERE task = ?');
  const removeBefore = db.prepare('DELETE FROM successes WHERE at < ?');
  const of = (spec: string): IndexedSuccess[] =>
    select.all(spec).map(({ task, at, count, since, pinned }) => ({
      task: String(task),
      at: Number(at),
      count: Number(count),
      since: Number(since),
      isPinned: pinned === 1,
    }));
  const replace = (spec: string, latest: readonly IndexedSuccess[]): void => {
    const before = new Map(of(spec).map((success) => [success.task, success]));
    const now = new Map(latest.map((success) => [success.task, success]));
    const isSame = (a: IndexedSuccess, b: IndexedSuccess | undefined): boolean => a.at === b?.at;
    for (const [task, success] of before) if (!isSame(success, now.get(task))) removeTask.run(task);
    for (const { task, at, count, since, isPinned } of latest) {
      const known = before.get(task);
      if (known?.at === at && known.isPinned === isPinned) continue;
      write.run(spec, task, at, count, since, isPinned ? 1 : 0);
    }
  };
  const remove = ({ deleted = [], expired }: IndexStep): void => {
    for (const task of deleted) removeTask.run(task);
    if (expired !== undefined) removeBefore.run(expired);
  };
  return { of, replace, remove };
};

const opened = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file);
  try {
    db.exec(PRAGMAS);
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > VERSION)
      throw new AppError(
        'DATA_TOO_NEW',
        `${file} has version ${version}; this program knows up to ${VERSION}`,
      );
    const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (verdict !== 'ok') throw new Error(String(verdict));
    db.exec(SCHEMA);
    db.exec(`PRAGMA user_version = ${VERSION}`);
    return db;
  } catch (cause) {
    db.close();
    if (cause instanceof AppError) throw cause;
    throw new AppError('JOURNAL_CORRUPT', `${file} is no readable database`, { cause });
  }
};

const atOnce = (db: DatabaseSync, body: () => void): void => {
  db.exec('BEGIN IMMEDIATE');
  try {
    body();
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
};
