import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@precedent/kernel';

/** A folder with the peers' harness: `run.mjs` starts a product's server, runs one workload and prints one line of JSON. */
export interface Harness {
  readonly folder: string;
  /** The checkout of Precedent that the harness runs. */
  readonly checkout: string;
  readonly say: (text: string) => void;
}

const LINE_BYTES_MAX = 1 << 20;
const FAILURE_CHARACTERS = 500;
/** The slowest workload takes two minutes. */
const WORKLOAD_MS_MAX = 300_000;

/** Throws INVALID_REQUEST when the folder has no harness that is set up. */
export const checkHarness = (folder: string): void => {
  for (const file of ['run.mjs', 'node_modules'])
    if (!existsSync(path.join(folder, file)))
      throw new AppError(
        'INVALID_REQUEST',
        `--harness names a folder in which setup.sh has run; ${folder} has no ${file}`,
      );
};

/** Runs one workload on one product; `undefined` when it failed, and says why. */
export const playWorkload = async (
  { folder, checkout, say }: Harness,
  product: string,
  workload: string,
): Promise<unknown> => {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['run.mjs', '--peer', product, '--workload', workload],
      {
        cwd: folder,
        maxBuffer: LINE_BYTES_MAX,
        timeout: WORKLOAD_MS_MAX,
        env: { ...process.env, PRECEDENT: checkout },
      },
    );
    const { result, noise } = lineIn(stdout);
    if (noise?.clean === false) say(`not quiet: other programs used ${noise.other_cores} cores`);
    return result;
  } catch (error) {
    say(`${product} ${workload} failed: ${String(error).slice(0, FAILURE_CHARACTERS)}`);
    return undefined;
  }
};

interface Line {
  readonly result?: unknown;
  readonly noise?: { readonly clean: boolean; readonly other_cores: number };
}

const lineIn = (stdout: string): Line => JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Line;
