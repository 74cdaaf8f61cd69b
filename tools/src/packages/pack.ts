import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../command.ts';
import { buildClientPackage } from './client-package.ts';
import { buildCliPackage } from './cli-package.ts';

/** The paths of the tarballs. */
export interface Packed {
  readonly client: string;
  readonly cli: string;
}

/** Builds the published packages from the sources as they are now, into `<folder>/client` and `<folder>/cli`, and packs them there. */
export const packAll = async (folder: string): Promise<Packed> => {
  const dirs = { client: path.join(folder, 'client'), cli: path.join(folder, 'cli') };
  await Promise.all([buildClientPackage(dirs.client), buildCliPackage(dirs.cli)]);
  const [client, cli] = await Promise.all([pack(dirs.client, folder), pack(dirs.cli, folder)]);
  return { client, cli };
};

const pack = async (dir: string, folder: string): Promise<string> => {
  const { stdout } = await promisify(execFile)('npm', [
    'pack',
    '--silent',
    '--pack-destination',
    folder,
    dir,
  ]);
  return path.join(folder, stdout.trim());
};

/** With a folder to pack into as the argument; without, `dist/packages`. Prints the paths of the tarballs, a line each. */
if (import.meta.main) {
  const folder = path.resolve(process.argv[2] ?? path.join(ROOT, 'dist/packages'));
  for (const file of Object.values(await packAll(folder))) console.log(path.relative('', file));
}
