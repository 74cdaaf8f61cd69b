import { copyFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { HistoryClient } from '@precedent/client';
import { AppError } from '@precedent/kernel';
import type { Upkeep } from '@precedent/ports';

/** The history, by its service. It writes its copy beside itself: only a worker of the same machine can take it. */
export const historyUpkeep = (history: () => Pick<HistoryClient, 'copy' | 'optimise'>): Upkeep => ({
  name: 'history',
  parts: async () => ['tasks'],
  save: async (_, folder, signal) => {
    const { file, seq, tasks } = await untilStopped(history().copy(), signal);
    await move(file, path.join(folder, 'history.db'));
    return { seq, tasks };
  },
  optimise: async (_, signal) => {
    const { bytes, freeBytes } = await untilStopped(history().optimise(), signal);
    return { bytes, freeBytes };
  },
});

/** The service goes on; whoever asks again gets the same copy. */
const untilStopped = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

const move = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to).catch(() => copyFile(from, to));
    await rm(from, { force: true });
  } catch (cause) {
    const message = `the copy of the history, ${from}, cannot be read here: run the backup on the machine of the history`;
    throw new AppError('HISTORY_UNAVAILABLE', message, { cause });
  }
};
