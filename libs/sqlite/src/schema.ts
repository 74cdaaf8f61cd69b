/** The layout that this code writes. An older one is brought up to it by `MIGRATIONS`, a newer one is not read. */
export const SCHEMA_VERSION = 4;

/** What a query may name of a task and few tasks differ in: a kind is one of their combinations, and they are few. `security` is empty without a label. */
const KINDS = `
CREATE TABLE kinds (
  kind INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  project TEXT NOT NULL,
  type TEXT NOT NULL,
  band TEXT NOT NULL,
  security TEXT NOT NULL DEFAULT '',
  UNIQUE (namespace, project, type, band, security)
) STRICT;
`;

/** Every combination of fields of a kind with states is a few ranges of one of the first two, in either order; see `list-streams.ts`. */
const TASK_INDEXES = `
CREATE INDEX tasks_kind ON tasks (kind, state, submitted_at);
CREATE INDEX tasks_kind_settled ON tasks (kind, state, settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX tasks_submitted ON tasks (submitted_at);
CREATE INDEX tasks_settled ON tasks (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX tasks_worker ON tasks (worker, submitted_at) WHERE worker IS NOT NULL;
CREATE INDEX tasks_error ON tasks (error_code, submitted_at) WHERE error_code IS NOT NULL;
`;

/**
 * Operations that the feed shows have a kind, and `feed`: its event, epoch, attempt, retries and due time. From the row of operations `whole_from`
 * on none of them is missing.
 *
 * Attempts and operations hang on `row`, which is eight times shorter than an id. It breaks ties in the order of tasks; SQLite has it at the
 * end of every index.
 */
export const SCHEMA = `
CREATE TABLE place (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER, epoch INTEGER, at INTEGER, clean INTEGER, whole_from INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO place VALUES (1, 0, 0, 0, 0, 0);

CREATE TABLE classes (class INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
${KINDS}
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
  result TEXT,
  kind INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX tasks_id ON tasks (id);
${TASK_INDEXES}

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
  note TEXT,
  kind INTEGER,
  feed TEXT
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

/** What brings a layout to the next one, by its number. */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  1: `
${KINDS}
INSERT INTO kinds (namespace, project, type, band) SELECT DISTINCT text ->> 'namespace', text ->> 'project', text ->> 'type', text ->> 'band'
  FROM classes;
CREATE TEMP TABLE kind_of_class AS SELECT class, kind FROM classes JOIN kinds ON kinds.namespace = text ->> 'namespace'
  AND kinds.project = text ->> 'project' AND kinds.type = text ->> 'type' AND kinds.band = text ->> 'band';
CREATE UNIQUE INDEX temp.kind_of_class_class ON kind_of_class (class);
DROP INDEX tasks_submitted;
DROP INDEX tasks_settled;
DROP INDEX tasks_state;
DROP INDEX tasks_band;
DROP INDEX tasks_type;
DROP INDEX tasks_project;
DROP INDEX tasks_namespace;
DROP INDEX tasks_worker;
DROP INDEX tasks_error;
ALTER TABLE tasks ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
UPDATE tasks SET kind = (SELECT kind FROM kind_of_class WHERE kind_of_class.class = tasks.class);
DROP TABLE temp.kind_of_class;
${TASK_INDEXES}
`,
  2: `
ALTER TABLE kinds RENAME TO unlabelled_kinds;
${KINDS}
INSERT INTO kinds (kind, namespace, project, type, band) SELECT kind, namespace, project, type, band FROM unlabelled_kinds;
DROP TABLE unlabelled_kinds;
`,
  3: `
ALTER TABLE place ADD COLUMN whole_from INTEGER NOT NULL DEFAULT 0;
UPDATE place SET whole_from = (SELECT coalesce(max(op), -1) + 1 FROM operations);
ALTER TABLE operations ADD COLUMN kind INTEGER;
ALTER TABLE operations ADD COLUMN feed TEXT;
`,
};
