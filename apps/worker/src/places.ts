import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the folders for checkpoints go: below the data folder, or, where a worker may not write there, with temporary files. */
export const checkpointRootIn = async (dataDir: string): Promise<string> => {
  const root = join(dataDir, 'checkpoints');
  try {
    await mkdir(root, { recursive: true });
    await access(root, constants.W_OK);
    return root;
  } catch {
    return tmpdir();
  }
};
