import type { HistoryCopy } from '@precedent/contract-types';
import { globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, problemOf } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { HistoryBuild, HistoryStore } from '@precedent/ports';
import { SqliteHistory } from './sqlite-history.ts';
import { isCorrupt, sqliteError } from './sqlite-errors.ts';

/** What was there and could not be used. */
export interface MovedHistory {
  readonly to: string;
  readonly problem: Problem;
}

/** The folder of a history, owned by this process. */
export interface HistoryFolder {
  readonly store: HistoryStore;
  /** Set when a damaged file, or one of a newer version, was found and moved aside: the store is empty, and needs a rebuild. */
  readonly moved: MovedHistory | undefined;
  /** Begins an empty history next to this one. What an earlier build left is removed. */
  build(): HistoryBuild;
  /** Brings up to date what the planner knows, and empties the write-ahead log. */
  optimise(): { readonly bytes: number; readonly freeBytes: number };
  /** Copies the history into a file of this folder, in the place of the last copy. */
  copy(): Promise<HistoryCopy>;
  close(): void;
}

export const FILE = 'history.db';
const NEXT = 'next.db';
const COPY = 'copy.db';
const OWNER = 'owner.db';
const ASIDE = 'aside-*.db*';

/**
 * Takes the folder and opens its history; both are made where they are not there. Throws DATA_IN_USE when another process has it, and
 * HISTORY_UNAVAILABLE when it cannot be read or written. A file that cannot be read is moved aside, never removed at once.
 */
export const openHistoryFolder = (dir: string, now: EpochMs): HistoryFolder => {
  mkdirSync(dir, { recursive: true });
  const release = own(path.join(dir, OWNER), dir);
  try {
    return new Folder(dir, release, now);
  } catch (error) {
    release();
    throw error;
  }
};

/** A lock that ends with the process, however that ends: an open transaction on a file of its own. */
const own = (file: string, dir: string): (() => void) => {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return () => db.close();
  } catch (cause) {
    db.close();
    throw new AppError('DATA_IN_USE', `the history in ${dir} is used by another process`, { cause });
  }
};

class Folder implements HistoryFolder {
  readonly #dir: string;
  readonly #release: () => void;
  readonly moved: MovedHistory | undefined;
  #store: SqliteHistory;

  constructor(dir: string, release: () => void, now: EpochMs) {
    this.#dir = dir;
    this.#release = release;
    remove(path.join(dir, NEXT));
    remove(path.join(dir, COPY));
    const opened = openOrMove(dir, now);
    this.#store = opened.store;
    this.moved = opened.moved;
  }

  get store(): HistoryStore {
    return this.#store;
  }

  build(): HistoryBuild {
    const file = path.join(this.#dir, NEXT);
    remove(file);
    const next = new SqliteHistory(file);
    const from = this.#store.file;
    return {
      store: next,
      carry: (before, after, max) => next.carry({ from, before, after, max }),
      dropUnknown: (asOf) => next.dropUnknown(asOf),
      finish: () => this.#replace(next),
      discard: () => {
        next.close();
        remove(file);
      },
    };
  }

  optimise(): { readonly bytes: number; readonly freeBytes: number } {
    return this.#store.optimise();
  }

  async copy(): Promise<HistoryCopy> {
    const file = path.resolve(this.#dir, COPY);
    remove(file);
    return { file, ...(await this.#store.copyTo(file)) };
  }

  close(): void {
    this.#store.close();
    this.#release();
  }

  /** When the process ends in the middle, the old or the new history is there, complete. */
  #replace(next: SqliteHistory): HistoryStore {
    const file = this.#store.file;
    next.close();
    this.#store.close();
    // What the old one had not moved out of its log would be read into the new one.
    remove(file, ['-wal', '-shm']);
    renameSync(next.file, file);
    this.#store = new SqliteHistory(file);
    return this.#store;
  }
}

interface Opened {
  readonly store: SqliteHistory;
  readonly moved: MovedHistory | undefined;
}

const openOrMove = (dir: string, now: EpochMs): Opened => {
  const file = path.join(dir, FILE);
  try {
    return { store: new SqliteHistory(file), moved: undefined };
  } catch (error) {
    const problem = problemOf(sqliteError(error, `opening ${file}`));
    if (!isCorrupt(error) && problem.code !== 'DATA_TOO_NEW') throw error;
    return { moved: { to: moveAside(dir, file, now), problem }, store: new SqliteHistory(file) };
  }
};

/** Only the latest one stays for an investigation: several would fill the disk. */
const moveAside = (dir: string, file: string, now: EpochMs): string => {
  for (const old of globSync(ASIDE, { cwd: dir })) rmSync(path.join(dir, old), { force: true });
  const aside = path.join(dir, `aside-${now}.db`);
  renameSync(file, aside);
  remove(file, ['-wal', '-shm']);
  return aside;
};

const remove = (file: string, ends: readonly string[] = ['', '-wal', '-shm']): void => {
  for (const end of ends) rmSync(`${file}${end}`, { force: true });
};
