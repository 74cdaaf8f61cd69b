import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUNDLER = fileURLToPath(new URL('../../../tools/src/bundle.ts', import.meta.url));

/** Bundles the programs from their sources as they are now. Returns `false`, and reports the reason to `say`, where that is not possible. */
export const bundlePrograms = async (say: (text: string) => void): Promise<boolean> => {
  try {
    await promisify(execFile)(process.execPath, [BUNDLER]);
    return true;
  } catch (error) {
    say(
      `not bundled, the engine runs from its sources: ${error instanceof Error ? error.message : String(error)}`,
    );
    return false;
  }
};
