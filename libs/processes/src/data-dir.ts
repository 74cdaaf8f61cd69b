import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AppError, messageOf } from '@precedent/kernel';
import { jsonFields, readText } from './files.ts';
import { acquireLock } from './lock-file.ts';
import { makePrivate } from './private-files.ts';
import { endOrphanedNats } from './nats-folder.ts';

/** The layout of a data folder that this version writes, and the newest that it reads. */
export const DATA_FORMAT = 1;

export interface DataDirLock {
  readonly dir: string;
  /** The process id of a nats-server orphaned by an earlier owner, that was ended. */
  readonly orphan?: number;
  /** Safe to call twice. Also done when the process exits. */
  readonly release: () => void;
}

/**
 * Makes the folder and takes it for this process. Throws DATA_IN_USE with the process id of a living owner, DATA_TOO_NEW for a
 * folder of a newer format, and INVALID_CONFIG for one that cannot be made or written. The lock of a process that was killed is taken over.
 */
export const lockDataDir = async (dir: string, { version }: { version: string }): Promise<DataDirLock> => {
  makeFolder(dir);
  const unlock = acquireLock(path.join(dir, 'precedent.lock'));
  const release = (): void => {
    process.off('exit', release);
    unlock();
  };
  process.on('exit', release);
  try {
    checkFormat(path.join(dir, 'precedent.json'), version);
    makePrivate(dir);
    const orphan = await endOrphanedNats(dir);
    return { dir, release, ...(orphan !== undefined && { orphan }) };
  } catch (error) {
    release();
    throw error;
  }
};

/**
 * Takes a data folder for one part of this process, which may share it with other parts: `history`. Throws DATA_IN_USE with the process id of
 * a living owner. The returned function gives it back; that is also done when the process exits.
 */
export const lockForPart = (dir: string, part: string): (() => void) => {
  makeFolder(dir);
  const unlock = acquireLock(path.join(dir, `${part}.lock`));
  const release = (): void => {
    process.off('exit', release);
    unlock();
  };
  process.on('exit', release);
  return release;
};

const makeFolder = (dir: string): void => {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    accessSync(dir, constants.W_OK);
  } catch (error) {
    const why = messageOf(error);
    throw new AppError('INVALID_CONFIG', `the data folder ${dir} cannot be used: ${why}`, { cause: error });
  }
};

const checkFormat = (file: string, version: string): void => {
  const content = readText(file);
  if (content === undefined) {
    const label = { format: DATA_FORMAT, version, createdAt: new Date().toISOString() };
    const temporary = `${file}.${randomUUID()}`;
    writeFileSync(temporary, `${JSON.stringify(label, null, 2)}\n`);
    renameSync(temporary, file);
    return;
  }
  const { format, version: writer } = jsonFields(content);
  if (typeof format === 'number' && format <= DATA_FORMAT) return;
  const found = typeof format === 'number' ? `has format ${format}` : 'names no format';
  const by = typeof writer === 'string' ? `, written by version ${writer}` : '';
  const message = `${file} ${found}${by}; this version (${version}) reads format ${DATA_FORMAT} at most`;
  throw new AppError('DATA_TOO_NEW', message);
};
