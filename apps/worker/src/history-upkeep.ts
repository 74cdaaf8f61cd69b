import { copyFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { HistoryClient } from '@precedent/client';
import { AppError, unlessAborted } from '@precedent/kernel';
import type { Upkeep } from '@precedent/ports';

/**
 * Backup and optimisation of the history, by its service, which writes the copy into its own folder: only a worker on the same machine can
 * move it. When the attempt is aborted, the service finishes the copy and gives it to the next caller.
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
