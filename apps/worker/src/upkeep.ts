import { copyFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { HistoryClient } from '@precedent/client';
import { AppError, unlessAborted } from '@precedent/kernel';
import type { Upkeep } from '@precedent/ports';

/**
 * The history, by its service. It writes its copy into its own folder: only a worker of the same machine can move it. The service goes on
 * when the attempt is aborted, and gives the next caller the same copy.
 */
export const historyUpkeep = (history: () => Pick<HistoryClient, 'copy' | 'optimise'>): Upkeep => ({
  name: 'history',
  parts: async () => ['tasks'],
  save: async (_, folder, signal) => {
    const { file, seq, tasks } = await unlessAborted(history().copy(), signal);
    await move(file, path.join(folder, 'history.db'));
    return { seq, tasks };
  },
  optimise: async (_, signal) => {
    const { bytes, freeBytes } = await unlessAborted(history().optimise(), signal);
    return { bytes, freeBytes };
  },
});

const move = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to).catch(() => copyFile(from, to));
    await rm(from, { force: true });
  } catch (cause) {
    const message = `the copy of the history, ${from}, cannot be read here: run the backup on the machine of the history`;
    throw new AppError('HISTORY_UNAVAILABLE', message, { cause });
  }
};
