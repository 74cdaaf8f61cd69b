import { randomUUID } from 'node:crypto';
import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@precedent/kernel';
import { hasCode, jsonFields, readText } from './files.ts';
import { isAlive, identityOf } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** How often a lock may change hands under our eyes before we give up. */
const TRIES = 20;

/**
 * Writes the identity of this process into a file that did not exist. Throws DATA_IN_USE while the process that it names lives. The
 * returned function removes the file, if it is still ours.
 */
export const acquireLock = (lock: string): (() => void) => {
  const mine = JSON.stringify({ ...identityOf(process.pid), token: randomUUID() });
  for (let tries = 0; tries < TRIES; tries++) {
    if (create(lock, mine)) return () => release(lock, mine);
    const seen = readText(lock);
    if (seen === undefined) continue;
    const owner = readIdentity(seen);
    if (owner && isAlive(owner)) {
      const message = `the data folder ${path.dirname(lock)} is used by process ${owner.pid}`;
      throw new AppError('DATA_IN_USE', message, { details: { pid: owner.pid } });
    }
    takeAway(lock, seen);
  }
  throw new AppError('DATA_IN_USE', `the lock ${lock} changed hands ${TRIES} times in a row`);
};

const release = (lock: string, mine: string): void => {
  if (readText(lock) === mine) rmSync(lock, { force: true });
};

/** The lock appears with its content in one step: no other process can see it empty. */
const create = (lock: string, content: string): boolean => {
  const temporary = `${lock}.${randomUUID()}`;
  writeFileSync(temporary, content, { flag: 'wx' });
  try {
    linkSync(temporary, lock);
    return true;
  } catch (error) {
    if (hasCode(error, ['EEXIST'])) return false;
    if (!hasCode(error, ['EPERM', 'ENOTSUP', 'ENOSYS'])) throw error;
    return createWithoutLinks(lock, content);
  } finally {
    rmSync(temporary, { force: true });
  }
};

/** Some file systems have no links; there the lock is empty for a moment. */
const createWithoutLinks = (lock: string, content: string): boolean => {
  try {
    writeFileSync(lock, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, ['EEXIST'])) return false;
    throw error;
  }
};

/** Moves a stale lock aside. If another process was faster, what was moved is its new lock: it is put back. */
export const takeAway = (lock: string, stale: string): void => {
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
    const moved = readText(aside);
    if (moved !== stale && moved !== undefined) create(lock, moved);
  } catch (error) {
    if (!hasCode(error, ['ENOENT'])) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
};

const readIdentity = (content: string): ProcessIdentity | undefined => {
  const { pid, started, boot } = jsonFields(content);
  if (typeof pid !== 'number' || typeof started !== 'string' || typeof boot !== 'string') return undefined;
  return { pid, started, boot };
};
