import type { DatabaseSync } from 'node:sqlite';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** How long a period is, the longest first. Every task is counted once in a period of each. Milliseconds. */
export const WIDTHS = [DAY_MS, HOUR_MS, MINUTE_MS] as const;
/** For which minutes are counted, back from the position; what is older is counted by the hour. Milliseconds. */
const MINUTES_COUNTED_MS = 2 * DAY_MS;

/**
 * Counts of tasks by kind, state and period, so that an answer about millions reads a few hundred rows. `submitted`,
 * `waited` and `ran` are of tasks submitted in the period, `settled` of those settled in it; the times are histograms in JSON.
 * `counted_from`: tasks of this row and later are in it. `seq`: the journal entry up to which this table was written.
 */
const STATISTICS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS stats (
    width INTEGER NOT NULL, period INTEGER NOT NULL, kind INTEGER NOT NULL, state TEXT NOT NULL,
    submitted INTEGER NOT NULL, settled INTEGER NOT NULL, waited TEXT NOT NULL, ran TEXT NOT NULL,
    PRIMARY KEY (width, period, kind, state)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stats_extent (
    one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, counted_from INTEGER NOT NULL
  ) STRICT;
`;

/**
 * Makes the tables where they are not there. Where another version has stored tasks without counting them, all tasks are to be counted
 * again, which `countOlder` does.
 */
export const ensureStatistics = (db: DatabaseSync): void => {
  db.exec(STATISTICS_SCHEMA);
  const seq = Number(db.prepare('SELECT seq FROM place').get()?.['seq']);
  const extent = db.prepare('SELECT seq FROM stats_extent').get();
  if (extent?.['seq'] === seq) return;
  const last = Number(db.prepare('SELECT max(row) AS last FROM tasks').get()?.['last'] ?? 0);
  db.exec('BEGIN; DELETE FROM stats');
  db.prepare('INSERT OR REPLACE INTO stats_extent VALUES (1, ?, ?)').run(seq, last === 0 ? 0 : last + 1);
  db.exec('COMMIT');
};

/** The time from which minutes are counted, for a store that has the journal up to `at`: the beginning of an hour. */
export const minutesFrom = (at: number): number => Math.floor((at - MINUTES_COUNTED_MS) / HOUR_MS) * HOUR_MS;
