import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FolderState } from './folder-state.ts';

/**
 * Writes a state into an empty folder. Links come last, after all folders, so that nothing is written through a link. Throws errors of the
 * system, such as a full disk.
 */
export const restoreFolder = async (folder: string, { entries }: FolderState): Promise<void> => {
  for (const entry of entries) {
    const path = join(folder, entry.path);
    await mkdir(entry.kind === 'folder' ? path : dirname(path), { recursive: true });
    if (entry.kind !== 'file') continue;
    await writeFile(path, Buffer.from(entry.content, 'base64'), { flag: 'wx', mode: 0o600 });
    // `writeFile` would apply the mask of the process to the mode.
    await chmod(path, entry.mode);
  }
  for (const entry of entries) {
    if (entry.kind === 'link') await symlink(entry.target, join(folder, entry.path));
  }
};
