import { constants } from 'node:fs';
import { mkdir, open, readlink, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './error-code.ts';

/** A folder that is open: it stays the same one when its path changes. */
export interface OpenFolder extends AsyncDisposable {
  /** Its real path when it was opened. */
  readonly real: string;
  /** The path of something in it. On Linux it leads through the open folder, elsewhere by its real path. */
  at(name: string): string;
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Opens a folder by its real path. Where a folder on the way has become a link since, `real` tells where it led: the caller
 * must check it. Rejects with the error of the system.
 */
export const openFolder = async (path: string): Promise<OpenFolder> => held(await open(path, FOLDER), path);

/** The real path of an open file or folder, which may differ from the path by which it was opened. */
export const realPathOf = ({ fd }: FileHandle, path: string): Promise<string> =>
  readlink(`/proc/self/fd/${fd}`).catch(() => realpath(path));

const held = async (handle: FileHandle, path: string): Promise<OpenFolder> => {
  const real = await realPathOf(handle, path);
  const through = `/proc/self/fd/${handle.fd}`;
  const isLinux = process.platform === 'linux';
  return {
    real,
    at: (name) => (isLinux ? `${through}/${name}` : join(real, name)),
    [Symbol.asyncDispose]: () => handle.close(),
  };
};

/**
 * Opens a folder by its real path and makes what is missing of it, each with `mode`. `check` is called with the real path of
 * the deepest folder that exists, before anything is made in it.
 */
export const makeFolder = async (
  path: string,
  mode: number,
  check: (real: string) => Promise<unknown>,
): Promise<OpenFolder> => {
  const found = await openFolder(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) return undefined;
    throw error;
  });
  if (found === undefined) {
    await using parent = await makeFolder(dirname(path), mode, check);
    return await makeIn(parent, basename(path), mode);
  }
  try {
    await check(found.real);
    return found;
  } catch (error) {
    await found[Symbol.asyncDispose]();
    throw error;
  }
};

const makeIn = async (parent: OpenFolder, name: string, mode: number): Promise<OpenFolder> => {
  const path = parent.at(name);
  const made = await mkdir(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
      return false;
    },
  );
  const handle = await open(path, FOLDER);
  // `mkdir` would apply the mask of the process to the mode.
  if (made) await handle.chmod(mode);
  return await held(handle, join(parent.real, name));
};
