import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { errorCode, messageOf } from '@precedent/kernel';

/** Watches many folders, each without its sub-folders: ignored folders cost nothing. */
export interface Watchers {
  /** Watches these folders, and no others any more. */
  update(folders: readonly string[]): void;
  close(): void;
}

/** `onTrouble` is called once: what cannot be watched is found by looking again. */
export const watchers = (onChange: () => void, onTrouble: (reason: string) => void): Watchers => {
  const open = new Map<string, FSWatcher>();
  let isReported = false;
  const trouble = (folder: string, error: unknown): void => {
    open.get(folder)?.close();
    open.delete(folder);
    const isGone = errorCode(error) === 'ENOENT';
    if (isReported || isGone) return;
    isReported = true;
    onTrouble(messageOf(error));
  };
  const add = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: true }, onChange);
      open.set(folder, watcher);
      watcher.on('error', (error) => trouble(folder, error));
    } catch (error) {
      trouble(folder, error);
    }
  };
  return {
    update: (folders) => {
      const wanted = new Set(folders);
      for (const [folder, watcher] of open) {
        if (wanted.has(folder)) continue;
        watcher.close();
        open.delete(folder);
      }
      for (const folder of wanted) if (!open.has(folder)) add(folder);
    },
    close: () => {
      for (const watcher of open.values()) watcher.close();
      open.clear();
    },
  };
};
