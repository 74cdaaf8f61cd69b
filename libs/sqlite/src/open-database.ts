import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '@precedent/kernel';
import { MIGRATIONS, PRAGMAS, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { SET_ASIDE_SCHEMA } from './set-aside-table.ts';
import { isCorrupt, sqliteError } from './sqlite-errors.ts';
import { ensureStatistics } from './statistics-table.ts';

/** Larger files are checked only when they were not closed in good order. */
const CHECKED_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Opens the file, or makes it. It is checked page by page first, which takes about a second for each gigabyte, unless it is large and was
 * closed in good order. Throws DATA_TOO_NEW for a layout of a newer version, and HISTORY_UNAVAILABLE with `details.corrupt` for a damaged file.
 */
export const openDatabase = (file: string): DatabaseSync => {
  const isNew = !existsSync(file);
  const db = connect(file);
  try {
    db.exec(PRAGMAS);
    if (isNew || isEmpty(db)) create(db);
    else check(db, file);
    migrate(db);
    db.exec(SET_ASIDE_SCHEMA);
    ensureStatistics(db);
    db.exec('UPDATE place SET clean = 0');
    return db;
  } catch (error) {
    db.close();
    throw sqliteError(error, `opening ${file}`);
  }
};

const connect = (file: string): DatabaseSync => {
  try {
    return new DatabaseSync(file);
  } catch (error) {
    throw sqliteError(error, `opening ${file}`);
  }
};

const create = (db: DatabaseSync): void => {
  db.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
};

/** Made, but nothing was ever committed to it. */
const isEmpty = (db: DatabaseSync): boolean =>
  versionOf(db) === 0 && db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0;

const versionOf = (db: DatabaseSync): number =>
  Number(db.prepare('PRAGMA user_version').get()?.['user_version']);

const check = (db: DatabaseSync, file: string): void => {
  const version = versionOf(db);
  if (version > SCHEMA_VERSION) {
    const message = `${file} has layout ${version}, this version reads layout ${SCHEMA_VERSION}`;
    throw new AppError('DATA_TOO_NEW', message);
  }
  if (MIGRATIONS[version] === undefined && version < SCHEMA_VERSION)
    throw damaged(file, `it has layout ${version}`);
  const place = readPlace(db, file);
  if (place['clean'] === 1 && statSync(file).size > CHECKED_BYTES_MAX) return;
  const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict !== 'ok') throw damaged(file, String(verdict));
};

/** Brings an older layout up to this one, all of it or nothing. Takes about ten seconds for each million tasks. */
const migrate = (db: DatabaseSync): void => {
  const from = versionOf(db);
  if (from === SCHEMA_VERSION) return;
  const steps = Array.from({ length: SCHEMA_VERSION - from }, (_, n) => MIGRATIONS[from + n]);
  db.exec(`BEGIN; ${steps.join('')} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
};

const readPlace = (db: DatabaseSync, file: string): Record<string, unknown> => {
  try {
    const place = db.prepare('SELECT * FROM place').get();
    if (place) return place;
  } catch (error) {
    if (isCorrupt(error)) throw error;
  }
  throw damaged(file, 'it does not say how far it goes');
};

const damaged = (file: string, fact: string): AppError =>
  new AppError('HISTORY_UNAVAILABLE', `${file} is damaged: ${fact}`, { details: { corrupt: true } });

/** Closes it in good order: the next one to open it need not check it. */
export const closeDatabase = (db: DatabaseSync): void => {
  if (!db.isOpen) return;
  try {
    db.exec('UPDATE place SET clean = 1; PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // A full or damaged disk: it stays unclean, and is checked the next time.
  }
  db.close();
};
