import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { seededRandom } from '@precedent/kernel';

/** As the history opens its file. */
const PRAGMAS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536';
/** The least that stores a task: no index but that of the id, no counts, no attempts. */
const TABLE = 'CREATE TABLE plain (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT';
const BODY = 'x'.repeat(300);

/** Milliseconds of one transaction that stores `count` rows in a plain table in the folder. */
export const storePlain = (dir: string, count: number): number => {
  const db = new DatabaseSync(path.join(dir, 'plain.db'));
  db.exec(`${PRAGMAS}; DROP TABLE IF EXISTS plain; ${TABLE}`);
  const insert = db.prepare('INSERT INTO plain VALUES (?, ?)');
  const begin = performance.now();
  db.exec('BEGIN');
  for (let n = 0; n < count; n++) insert.run(`task-${n}`, BODY);
  db.exec('COMMIT');
  const ms = performance.now() - begin;
  db.close();
  return ms;
};

export interface PlainPages {
  readonly pages: number;
  readonly rowsPerPage: number;
}

/** Milliseconds of each of some pages of a history: neighbours of a random task, each looked up by its row. */
export const readPlainPages = (file: string, { pages, rowsPerPage }: PlainPages): number[] => {
  const db = new DatabaseSync(file);
  db.exec(PRAGMAS);
  const random = seededRandom(3);
  const last = Number(db.prepare('SELECT max(row) AS last FROM tasks').get()?.['last']);
  const one = db.prepare('SELECT * FROM tasks WHERE row = ?');
  const times = Array.from({ length: pages }, () => {
    const first = 1 + Math.floor(random.next() * (last - rowsPerPage));
    const begin = performance.now();
    for (let row = first; row < first + rowsPerPage; row++) one.get(row);
    return performance.now() - begin;
  });
  db.close();
  return times;
};
