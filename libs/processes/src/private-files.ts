import { chmodSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

const PRIVATE_UMASK = 0o077;
let usersUmask: number | undefined;

/**
 * What this program and the servers that it starts make from now on is for its user only. Returns the mask that it was started
 * with: what users' code makes is made with that one. Call it first; not in a thread.
 */
export const keepFilesPrivate = (): number => {
  usersUmask ??= process.umask(PRIVATE_UMASK);
  return usersUmask;
};

/** Starts something with the mask that this program was started with. `spawn` must be synchronous. */
export const withUsersUmask = <T>(spawn: () => T): T => {
  if (usersUmask === undefined) return spawn();
  process.umask(usersUmask);
  try {
    return spawn();
  } finally {
    process.umask(PRIVATE_UMASK);
  }
};

/** What we make directly in a data folder. */
const OURS = ['nats', 'history', 'vectorizer', 'checkpoints', 'backups', 'audit'];
const LABEL = 'precedent.json';

/**
 * Takes the rights of others from a data folder that an earlier version or another mask has left open. A folder that holds other
 * things too, and has no label of ours yet, keeps its own rights; what we made in it does not.
 */
export const makePrivate = (dataDir: string): void => {
  for (const name of OURS) closeTree(path.join(dataDir, name));
  if (existsSync(path.join(dataDir, LABEL)) || isEmpty(dataDir)) closeTree(dataDir);
};

const isEmpty = (dir: string): boolean => {
  try {
    return readdirSync(dir).length === 0;
  } catch {
    return false;
  }
};

/** Last the folder itself: while it is open to others, what is in it has to be looked at again. */
const closeTree = (place: string): void => {
  const stat = lstatSync(place, { throwIfNoEntry: false });
  if (!stat || stat.isSymbolicLink() || (stat.mode & PRIVATE_UMASK) === 0) return;
  try {
    if (stat.isDirectory()) for (const name of readdirSync(place)) closeTree(path.join(place, name));
    chmodSync(place, stat.mode & 0o700);
  } catch {
    // Another user's, or gone meanwhile.
  }
};
