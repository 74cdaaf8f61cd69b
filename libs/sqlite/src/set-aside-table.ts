import type { SetAside, SetAsideView } from '@precedent/contract-types';
import type { DatabaseSync } from 'node:sqlite';
import { ASIDE_LIMITS } from '@precedent/ports';

/** What a reader could not take. A row is never changed, and only the oldest ones go: the last number is the count. */
export const SET_ASIDE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS aside (
    n INTEGER PRIMARY KEY, seq INTEGER NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL, UNIQUE (seq, subject)
  ) STRICT;
`;

/** Adds them, within a transaction. One that is there already, because the log is read again, counts once. */
export const addSetAside = (db: DatabaseSync, aside: readonly SetAside[]): void => {
  if (aside.length === 0) return;
  const add = db.prepare('INSERT OR IGNORE INTO aside (seq, subject, reason) VALUES (?, ?, ?)');
  for (const { seq, subject, reason } of aside) add.run(seq, subject, reason);
  db.prepare('DELETE FROM aside WHERE n <= (SELECT max(n) FROM aside) - ?').run(ASIDE_LIMITS.latest);
};

export const readSetAside = (db: DatabaseSync): SetAsideView => {
  const rows = db.prepare('SELECT n, seq, subject, reason FROM aside ORDER BY n DESC').all();
  const latest = rows.map(({ seq, subject, reason }) => ({
    seq: Number(seq),
    subject: String(subject),
    reason: String(reason),
  }));
  return { count: Number(rows[0]?.['n'] ?? 0), latest };
};
