import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A private folder for the files of one attempt. */
export interface CheckpointFolder {
  readonly path: string;
  /** Removes the folder with its content. Never fails: the next sweep removes what cannot be removed now. */
  remove(): Promise<void>;
}

const PREFIX = 'precedent-checkpoint-';

/** Makes the folder of an attempt below `root`, which is made as well. `tag` is unique and names the worker's process. */
export const makeCheckpointFolder = async (root: string, tag: string): Promise<CheckpointFolder> => {
  await mkdir(root, { recursive: true });
  const path = join(root, PREFIX + tag);
  // Not recursive: it fails when another process has made this folder.
  await mkdir(path, { mode: 0o700 });
  return { path, remove: () => removeAll(path) };
};

/** Removes the folders whose tag `isOurs` accepts: those of killed workers. */
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
