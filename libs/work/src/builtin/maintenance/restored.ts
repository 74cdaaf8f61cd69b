import type { BackupManifest, Job } from '@precedent/contract-types';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** The backup that this data folder was restored from: `precedent restore` writes it into the folder of backups. */
export interface Restored {
  readonly folder: string;
  readonly manifest: BackupManifest;
}

const RESTORED_FILE = 'restored.json';

/**
 * The backup that this task was making when its cell was copied; `undefined` for every other task. It is returned once, because an id may
 * be used again.
 */
export const takeRestored = async (
  backupsDir: string,
  { id, epoch }: Pick<Job, 'id' | 'epoch'>,
): Promise<Restored | undefined> => {
  const file = path.join(backupsDir, RESTORED_FILE);
  const restored = await restoredIn(file);
  const task = restored?.manifest.task;
  if (task?.id !== id || epoch <= task.epoch) return undefined;
  await rm(file);
  return restored;
};

const restoredIn = async (file: string): Promise<Restored | undefined> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Restored;
  } catch {
    return undefined;
  }
};
