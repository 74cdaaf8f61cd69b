import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { listPage } from './list-query.ts';
import { openDatabase } from './open-database.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { Statements } from './statements.ts';

const LAYOUT_1 = `
CREATE TABLE place (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER, epoch INTEGER, at INTEGER, clean INTEGER) STRICT;
INSERT INTO place VALUES (1, 0, 0, 0, 0);

CREATE TABLE classes (class INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE tasks (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  class INTEGER NOT NULL,
  state TEXT NOT NULL,
  band TEXT NOT NULL,
  type TEXT NOT NULL,
  namespace TEXT NOT NULL,
  project TEXT NOT NULL,
  submitted_at INTEGER NOT NULL,
  first_started_at INTEGER,
  settled_at INTEGER,
  waited_ms INTEGER,
  ran_ms INTEGER NOT NULL,
  worker TEXT,
  error_code TEXT,
  attempt INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  losses INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  place INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  as_of INTEGER NOT NULL,
  key TEXT,
  name TEXT,
  command TEXT,
  fold TEXT,
  body TEXT NOT NULL,
  result TEXT
) STRICT;
CREATE UNIQUE INDEX tasks_id ON tasks (id);
CREATE INDEX tasks_submitted ON tasks (submitted_at);
CREATE INDEX tasks_settled ON tasks (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX tasks_state ON tasks (state, submitted_at);
CREATE INDEX tasks_band ON tasks (band, submitted_at);
CREATE INDEX tasks_type ON tasks (type, submitted_at);
CREATE INDEX tasks_project ON tasks (project, submitted_at);
CREATE INDEX tasks_namespace ON tasks (namespace, submitted_at);
CREATE INDEX tasks_worker ON tasks (worker, submitted_at) WHERE worker IS NOT NULL;
CREATE INDEX tasks_error ON tasks (error_code, submitted_at) WHERE error_code IS NOT NULL;

CREATE TABLE labels (label TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (label, row)) STRICT, WITHOUT ROWID;
CREATE INDEX labels_row ON labels (row);

CREATE TABLE attempts (
  row INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  worker TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT,
  victim_end TEXT,
  error TEXT,
  PRIMARY KEY (row, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE operations (
  op INTEGER PRIMARY KEY,
  row INTEGER,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  note TEXT
) STRICT;
CREATE INDEX operations_row ON operations (row);

CREATE TABLE decisions (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  task TEXT NOT NULL,
  outcome TEXT NOT NULL,
  explanation TEXT NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_at ON decisions (at);
CREATE TABLE parties (task TEXT NOT NULL, at INTEGER NOT NULL, decision TEXT NOT NULL, PRIMARY KEY (task, at, decision)) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE words USING fts5 (
  name, type, command, error, labels,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
`;

const INSERT_1 = `INSERT INTO tasks (row, id, class, state, band, type, namespace, project, submitted_at, settled_at, ran_ms, attempt, retries, losses, epoch,
  place, expires_at, as_of, body) VALUES (?, ?, ?, 'completed', ?, ?, 'default', 'shop', ?, ?, 0, 1, 0, 0, 1, 0, 0, 0, '{}')`;

const folders: string[] = [];
afterEach(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const newFile = (): string => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-layout-'));
  folders.push(dir);
  return path.join(dir, 'h.db');
};

/** Tasks of two types; those of one type have two classes, which differ in a label. */
const layout1 = (): string => {
  const file = newFile();
  const db = new DatabaseSync(file);
  db.exec(`${LAYOUT_1} PRAGMA user_version = 1`);
  const fields = { namespace: 'default', project: 'shop', band: 'low' };
  const classes = [
    { ...fields, type: 'even', labels: {} },
    { ...fields, type: 'odd', labels: {} },
    { ...fields, type: 'even', labels: { team: 'a' } },
  ];
  for (const one of classes) db.prepare('INSERT INTO classes (text) VALUES (?)').run(JSON.stringify(one));
  for (let n = 0; n < 30; n++) {
    const number = n % classes.length;
    const type = classes[number]?.type ?? '';
    db.prepare(INSERT_1).run(n + 1, `t${n}`, number + 1, 'low', type, 1_000 + n, 2_000 + n);
  }
  db.close();
  return file;
};

const shapeOf = (db: DatabaseSync): unknown => ({
  columns: db.prepare('PRAGMA table_info(tasks)').all(),
  indexes: db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name").all(),
  version: db.prepare('PRAGMA user_version').get(),
});

describe('a file of an older layout', () => {
  it('has the present layout once it was opened, and its tasks are found by their kind', () => {
    const fresh = openDatabase(newFile());
    const db = openDatabase(layout1());
    expect(shapeOf(db)).toEqual(shapeOf(fresh));
    const ids = (query: object): unknown[] =>
      listPage(new Statements(db), { limit: 99, ...query }).rows.map((row) => row['id']);
    expect(ids({ type: ['even'] })).toHaveLength(20);
    expect(ids({ type: ['odd'], order: 'settled' })).toEqual(
      Array.from({ length: 10 }, (_, n) => `t${28 - 3 * n}`),
    );
    expect(ids({ state: ['completed'] })).toHaveLength(30);
    db.close();
    fresh.close();
  });

  it('stays as it is when the change is interrupted', () => {
    const file = layout1();
    const full = new DatabaseSync(file);
    // A table of that name is in the way.
    full.exec('CREATE TABLE kinds (a)');
    full.close();
    expect(() => openDatabase(file)).toThrow();
    const db = new DatabaseSync(file);
    expect(db.prepare('PRAGMA user_version').get()?.['user_version']).toBe(1);
    expect(
      db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'tasks_state'").get()?.['n'],
    ).toBe(1);
    db.exec('DROP TABLE kinds');
    db.close();
    const again = openDatabase(file);
    expect(again.prepare('PRAGMA user_version').get()?.['user_version']).toBe(SCHEMA_VERSION);
    again.close();
  });
});
