import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A private folder for the files of one attempt. */
export interface CheckpointFolder {
  readonly path: string;
  /** With everything in it. Never fails: what cannot be removed now is removed by the next sweep. */
  remove(): Promise<void>;
}

const PREFIX = 'precedent-checkpoint-';

/** Makes the folder of an attempt below `root`, which is made as well. `tag` is unique and names the worker's process. */
export const makeCheckpointFolder = async (root: string, tag: string): Promise<CheckpointFolder> => {
  await mkdir(root, { recursive: true });
  const path = join(root, PREFIX + tag);
  // Not recursive: a folder that somebody else has put there is refused.
  await mkdir(path, { mode: 0o700 });
  return { path, remove: () => removeAll(path) };
};

/** Removes the folders whose tag `isOurs` accepts: what a killed worker left behind. */
export const sweepCheckpointFolders = async (
  root: string,
  isOurs: (tag: string) => boolean,
): Promise<void> => {
  const names = await readdir(root).catch(() => []);
  const ours = names.filter((name) => name.startsWith(PREFIX) && isOurs(name.slice(PREFIX.length)));
  await Promise.all(ours.map((name) => removeAll(join(root, name))));
};

const removeAll = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
