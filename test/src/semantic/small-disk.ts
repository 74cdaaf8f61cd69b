import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findQdrantServer } from '@precedent/processes';

/** Whether the test may mount a file system of its own: Linux with unprivileged user namespaces. */
export const canMount = ((): boolean => {
  try {
    execFileSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /mnt'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();

/** A script that runs qdrant with its storage on a disk of so many bytes, in memory, which is removed when it ends. */
export const qdrantOnSmallDisk = async (folder: string, bytes: number): Promise<string> => {
  const { binary } = await findQdrantServer({ env: {} });
  const file = path.join(folder, 'qdrant-on-a-small-disk');
  const mount = `mkdir -p storage && mount -t tmpfs -o size=${bytes} tmpfs storage && exec "$0" "$@"`;
  writeFileSync(file, `#!/bin/sh\nexec unshare -Urm sh -c '${mount}' '${binary}' "$@"\n`, { mode: 0o700 });
  return file;
};

/** A foreign user of that disk, who fills the rest of it. `storage`: the path as the server sees it. */
export const filler = (pid: number, storage: string) => {
  const folder = path.join(`/proc/${pid}/root`, storage);
  const files: string[] = [];
  return {
    fill: (): void => {
      for (;;) {
        const file = path.join(folder, `filler-${files.length}`);
        files.push(file);
        try {
          writeFileSync(file, new Uint8Array(1024 * 1024));
        } catch {
          return;
        }
      }
    },
    makeRoom: (): void => {
      for (const file of files.splice(0)) rmSync(file, { force: true });
    },
  };
};
