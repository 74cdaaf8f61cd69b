import { DatabaseSync } from 'node:sqlite';
import { AppError } from '@precedent/kernel';
import type { IndexState, IndexStep } from '@precedent/ports';
import { SET_ASIDE_SCHEMA, addSetAside, readSetAside } from './set-aside-table.ts';

/** 2: each text of `open` says its own version. A file of version 1 is read as it is, and is one of version 2 from then on. */
const VERSION = 2;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS position (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS open (key TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
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
  const apply = (step: IndexStep): void => {
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
    setAside: () => readSetAside(db),
    save: (step) => atOnce(db, () => apply(step)),
    close: () => db.close(),
  };
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
