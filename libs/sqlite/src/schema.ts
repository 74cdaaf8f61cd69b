/** The layout that this code writes; another one is not read. */
export const SCHEMA_VERSION = 1;

/**
 * Tasks are found by an index for each field that a query may name alone, in the order of submission; `row` breaks ties, and SQLite has it
 * at the end of every index. Attempts and operations hang on `row`, which is eight times shorter than an id.
 */
export const SCHEMA = `
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

/** For every connection: concurrent readers, an fsync for each checkpoint and not for each commit. */
export const PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;
PRAGMA cache_size = -65536;
PRAGMA temp_store = MEMORY;
PRAGMA busy_timeout = 2000;
`;
