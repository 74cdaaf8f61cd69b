import { watch } from 'node:fs';
import { lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { settlesWithin, startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import { COMMIT, REFUSED } from './control-files.ts';
import type { CheckpointResult } from './folder-checkpointer.ts';

export interface CommitWatchOptions {
  readonly folder: string;
  readonly save: () => Promise<CheckpointResult>;
  /** Milliseconds between the beginnings of two saves, at least. */
  readonly everyMs: number;
}

/** Serves the commits of a running command. */
export interface CommitWatch {
  /** Serves no more commits; resolves when the current one is done, or after 2 s. */
  close(): Promise<void>;
}

const POLL_MS = 200;
const CLOSE_MS = 2_000;

/** Saves the folder each time that `.commit` is written, and removes that file when the checkpoint is durable. */
export const watchCommits = ({ folder, save, everyMs }: CommitWatchOptions): CommitWatch => {
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
    const result = await save();
    // A `.commit` that was written again meanwhile stays: it may mean files that the save has not read.
    if ((await markOf(path)) === mark) await answer(folder, result);
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
  const unwatch = watchWrites(folder, notice);
  // The command may have written it before.
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

/** Answers the command by removing or renaming `.commit`. */
const answer = async (folder: string, result: CheckpointResult): Promise<void> => {
  const [commit, refused] = [join(folder, COMMIT), join(folder, REFUSED)];
  if (result === 'refused') return await rename(commit, refused);
  await rm(refused, { recursive: true, force: true });
  await rm(commit, { recursive: true, force: true });
};

/** Identifies a version of the file: a touch, a write and a replacement change it. */
const markOf = async (path: string): Promise<string | undefined> => {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats && `${stats.ino}.${stats.mtimeNs}.${stats.ctimeNs}`;
};

/** Calls `notice` when a file is written. Polls when the system has no file watch left. */
const watchWrites = (folder: string, notice: () => void): (() => void) => {
  let polling: NodeJS.Timeout | undefined;
  const poll = (): void => {
    polling ??= setInterval(notice, POLL_MS);
  };
  const stop = (): void => clearInterval(polling);
  try {
    const watcher = watch(folder, (_, name) => {
      if (name === COMMIT || name === null) notice();
    });
    watcher.on('error', poll);
    return () => {
      watcher.close();
      stop();
    };
  } catch {
    poll();
    return stop;
  }
};
