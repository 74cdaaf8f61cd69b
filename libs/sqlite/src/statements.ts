import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Shapes of queries kept prepared; beyond that the oldest one goes. */
const CACHED_MAX = 200;

/** Prepared statements of one connection, by their text. */
export class Statements {
  readonly db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  /** Called with the text of every statement that is used. */
  onQuery: ((sql: string) => void) | undefined;

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  of(sql: string): StatementSync {
    this.onQuery?.(sql);
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.db.prepare(sql);
    if (this.#prepared.size >= CACHED_MAX) this.#dropOldest();
    this.#prepared.set(sql, statement);
    return statement;
  }

  /** Runs `work` as one transaction: all of it, or nothing. */
  atOnce<T>(work: () => T): T {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** SQLite may have rolled back by itself, as it does when the disk is full. */
  #rollBack(): void {
    if (this.db.isTransaction) this.db.exec('ROLLBACK');
  }

  #dropOldest(): void {
    const [oldest] = this.#prepared.keys();
    if (oldest !== undefined) this.#prepared.delete(oldest);
  }
}
