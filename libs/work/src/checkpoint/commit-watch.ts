import { watch } from 'node:fs';
import { lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { settlesWithin, startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import { COMMIT, REFUSED } from './control-files.ts';
import type { CheckpointResult } from './folder-checkpointer.ts';

export interface CommitWatchOptions {
  readonly folder: string;
  readonly keep: () => Promise<CheckpointResult>;
  /** Milliseconds between the beginnings of two saves, at least. */
  readonly everyMs: number;
}

/** Serves the commits of a running command. */
export interface CommitWatch {
  /** Serves no more; resolves when the one under way is done, or after 2 s. */
  close(): Promise<void>;
}

const LOOK_MS = 200;
const CLOSE_MS = 2_000;

/** Keeps the folder whenever `.commit` is written, and takes it away when that is durable. */
export const watchCommits = ({ folder, keep, everyMs }: CommitWatchOptions): CommitWatch => {
  const path = join(folder, COMMIT);
  let timer: Timer | undefined;
  let serving: Promise<void> | undefined;
  let closed = false;
  let nextAt = 0;
  const serve = async (): Promise<void> => {
    timer = undefined;
    const mark = await markOf(path);
    if (mark === undefined) return;
    nextAt = performance.now() + everyMs;
    const kept = await keep();
    // One that was written again meanwhile stays: it may mean what came after the look.
    if ((await markOf(path)) === mark) await answer(folder, kept);
  };
  const notice = (): void => {
    if (closed || timer !== undefined || serving !== undefined) return;
    timer = startTimer(nextAt - performance.now(), begin);
  };
  const begin = (): void => {
    serving = serve()
      .catch(() => undefined)
      .then(async () => {
        serving = undefined;
        if ((await markOf(path)) !== undefined) notice();
      });
  };
  const unwatch = noticeWrites(folder, notice);
  // The command was quicker, perhaps.
  notice();
  return {
    close: async () => {
      closed = true;
      unwatch();
      timer?.cancel();
      if (serving !== undefined) await settlesWithin(serving, CLOSE_MS);
    },
  };
};

/** What is left of `.commit` tells the command what became of it. */
const answer = async (folder: string, kept: CheckpointResult): Promise<void> => {
  const [commit, refused] = [join(folder, COMMIT), join(folder, REFUSED)];
  if (kept === 'refused') return await rename(commit, refused);
  await rm(refused, { recursive: true, force: true });
  await rm(commit, { recursive: true, force: true });
};

/** One version of the file: a touch, a write and a replacement are another one. */
const markOf = async (path: string): Promise<string | undefined> => {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats && `${stats.ino}.${stats.mtimeNs}.${stats.ctimeNs}`;
};

/** By the system's word where it gives one; it has only so many watches to give, and then somebody has to look. */
const noticeWrites = (folder: string, notice: () => void): (() => void) => {
  let looking: NodeJS.Timeout | undefined;
  const look = (): void => {
    looking ??= setInterval(notice, LOOK_MS);
  };
  const stop = (): void => clearInterval(looking);
  try {
    const watcher = watch(folder, (_, name) => {
      if (name === COMMIT || name === null) notice();
    });
    watcher.on('error', look);
    return () => {
      watcher.close();
      stop();
    };
  } catch {
    look();
    return stop;
  }
};
