import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { VectorCache } from '@precedent/ports';

export interface SqliteVectorCacheOptions {
  /** The file; it and its folder are made. */
  readonly file: string;
  /** Vectors that are kept; 200,000 by default, which with 384 dimensions is some 350 MB. The oldest ones go first. */
  readonly max?: number;
}

const MAX = 200_000;
/** Room for so many keys in one statement. */
const KEYS_MAX = 500;
/** Share of the limit that is forgotten at once, so that not every write has to. */
const FORGOTTEN_SHARE = 0.05;
const FORMAT = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS vectors (n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, vector BLOB NOT NULL) STRICT;
  PRAGMA user_version = ${FORMAT};
`;

/**
 * Vectors in a file, over restarts. A file that cannot be read, or is of another format, is removed, and an empty one is made: it is a cache.
 * After a loss of power the last writes may be missing.
 */
export const sqliteVectorCache = ({ file, max = MAX }: SqliteVectorCacheOptions): VectorCache => {
  mkdirSync(path.dirname(file), { recursive: true });
  const db = opened(file);
  const cache = new Cache(db, max);
  let isOpen = true;
  return {
    read: async (keys) => cache.read(keys),
    write: async (vectors) => cache.write(vectors),
    close: async () => {
      if (isOpen) db.close();
      isOpen = false;
    },
  };
};

const opened = (file: string): DatabaseSync => {
  try {
    return open(file);
  } catch {
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    return open(file);
  }
};

const open = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (found !== 0 && found !== FORMAT) throw new Error(`${file} has format ${found}`);
    db.exec(SCHEMA);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

class Cache {
  readonly #db: DatabaseSync;
  readonly #max: number;
  readonly #insert: StatementSync;
  readonly #one: StatementSync;
  readonly #many: StatementSync;
  #count: number;

  constructor(db: DatabaseSync, max: number) {
    this.#db = db;
    this.#max = max;
    this.#insert = db.prepare(
      'INSERT INTO vectors (key, vector) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET vector = excluded.vector',
    );
    this.#one = db.prepare('SELECT key, vector FROM vectors WHERE key = ?');
    const marks = Array.from({ length: KEYS_MAX }, () => '?').join(',');
    this.#many = db.prepare(`SELECT key, vector FROM vectors WHERE key IN (${marks})`);
    this.#count = this.#size();
  }

  read(keys: readonly string[]): Map<string, Float32Array> {
    const found = new Map<string, Float32Array>();
    const rest = keys.length % KEYS_MAX;
    for (let from = 0; from + KEYS_MAX <= keys.length; from += KEYS_MAX)
      this.#take(found, this.#many.all(...keys.slice(from, from + KEYS_MAX)));
    for (const key of keys.slice(keys.length - rest)) this.#take(found, this.#one.all(key));
    return found;
  }

  write(vectors: ReadonlyMap<string, Float32Array>): void {
    if (vectors.size === 0) return;
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const [key, { buffer, byteOffset, byteLength }] of vectors)
        this.#insert.run(key, new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
      this.#count += vectors.size;
      if (this.#count > this.#max) this.#forget();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** The count is an upper bound: a key that was written again is counted twice, until all keys are counted here. */
  #forget(): void {
    this.#count = this.#size();
    if (this.#count <= this.#max) return;
    const left = Math.max(0, Math.floor(this.#max * (1 - FORGOTTEN_SHARE)));
    const forget = 'DELETE FROM vectors WHERE n IN (SELECT n FROM vectors ORDER BY n LIMIT ?)';
    this.#db.prepare(forget).run(this.#count - left);
    this.#count = left;
  }

  #size(): number {
    return Number(this.#db.prepare('SELECT count(*) AS size FROM vectors').get()?.['size'] ?? 0);
  }

  #take(found: Map<string, Float32Array>, rows: readonly Record<string, unknown>[]): void {
    for (const { key, vector } of rows)
      if (typeof key === 'string' && vector instanceof Uint8Array) found.set(key, floatsOf(vector));
  }
}

/** A copy: floats must begin at a multiple of four bytes. */
const floatsOf = (bytes: Uint8Array): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer);
