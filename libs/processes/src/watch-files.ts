import { unwatchFile, watchFile } from 'node:fs';
import type { StatsListener } from 'node:fs';

const POLL_MS = 1_000;

/**
 * Calls `onChange` when one of the files has another size, time or inode than before, also behind a symbolic link. It looks once a second:
 * events of the file system miss files that are replaced by renaming. Returns what ends it. Does not keep the process running.
 */
export const watchFiles = (
  files: readonly string[],
  onChange: () => void,
  pollMs = POLL_MS,
): (() => void) => {
  const listener: StatsListener = (now, before) => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size || now.ino !== before.ino) onChange();
  };
  for (const file of files) watchFile(file, { interval: pollMs, persistent: false }, listener);
  return () => {
    for (const file of files) unwatchFile(file, listener);
  };
};
