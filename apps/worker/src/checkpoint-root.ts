import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder for checkpoint folders: below the data folder, or the one for temporary files when the worker may not write there. */
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
