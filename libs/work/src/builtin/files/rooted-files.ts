import { constants } from 'node:fs';
import { chmod, lstat, open, readdir, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError, isAppError } from '@precedent/kernel';
import { codeOf } from './error-code.ts';
import { makeFolder, openFolder, realPathOf } from './open-folder.ts';
import type { OpenFolder } from './open-folder.ts';
import { isWithin, protectedPaths } from './protected-paths.ts';

/** A file or a folder as its parent lists it. */
export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
}

export type ReadFile =
  | { readonly kind: 'content'; readonly path: string; readonly bytes: Buffer }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too_large'; readonly bytes: number }
  | { readonly kind: 'not_a_file' }
  | { readonly kind: 'unreadable'; readonly code: string };

/** The file system below configured folders. No path and no link leads out of them. */
export interface RootedFiles {
  /** The real path of what exists; `undefined` when nothing does. Rejects with INVALID_TASK for what is outside. */
  real(path: string): Promise<string | undefined>;
  /** The path with its existing part made real. Rejects with INVALID_TASK for what is outside. */
  place(path: string): Promise<string>;
  /** Rejects with INVALID_TASK for what is outside. */
  read(path: string, maxBytes: number): Promise<ReadFile>;
  /** What a folder holds, by name; nothing when it is gone. Links are neither files nor folders. */
  list(folder: string): Promise<readonly Entry[]>;
  /** Writes a file as a whole, in the place of what was there. Rejects with INVALID_TASK for what is outside. */
  write(path: string, content: Uint8Array): Promise<string>;
}

export interface RootedFilesOptions {
  /** Absolute folders. Relative paths begin at the first one. None: every path is refused. */
  readonly roots: readonly string[];
  /** Files and folders that are refused although a root contains them. Absolute. */
  readonly protects?: readonly string[];
  /** Of the files and folders that are made: the user's, which the worker itself may have narrowed. Default 0o022. */
  readonly umask?: number;
}

const NO_ROOTS =
  'this worker reads and writes no files: name its folders in worker.roots, or with precedent up --files';

/** Built-in task types open files of the worker only through this. */
export const rootedFiles = ({ roots, protects = [], umask = 0o022 }: RootedFilesOptions): RootedFiles => {
  const guarded = protectedPaths(protects);
  const realRoots = async (): Promise<string[]> => {
    const found = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
    return found.filter((root) => root !== undefined);
  };
  const inside = async (real: string, path: string): Promise<string> => {
    const allowed = await realRoots();
    if (!allowed.some((root) => isWithin(real, root)))
      throw refusal(
        path,
        `is outside the folders that this worker may touch (worker.roots: ${roots.join(', ')})`,
      );
    if (await guarded.covers(real))
      throw refusal(path, 'belongs to Precedent itself: its data folder, a backup or its configuration');
    return real;
  };
  const place = async (path: string): Promise<string> => {
    const [base] = roots;
    if (base === undefined) throw new AppError('INVALID_TASK', `${path}: ${NO_ROOTS}`, { details: { path } });
    return await inside(await existingPart(resolve(base, path)), path);
  };
  const real = async (path: string): Promise<string | undefined> => {
    const placed = await place(path);
    return (await lstat(placed).catch(() => undefined)) === undefined ? undefined : placed;
  };
  return {
    real,
    place,
    read: async (path, maxBytes) => {
      const found = await real(path);
      if (found === undefined) return { kind: 'missing' };
      return readFileAt(found, maxBytes, (opened) => inside(opened, path));
    },
    list: async (folder) => {
      const found = await real(folder);
      if (found === undefined) return [];
      const entries = await entriesOf(found, (opened) => inside(opened, folder));
      const isCovered = await guarded.coversIn(found);
      return entries.filter(({ name, kind }) => !isCovered(name, kind === 'folder'));
    },
    write: async (path, content) => {
      const target = await place(path);
      await replaceFile(target, content, { umask, inside: (opened) => inside(opened, path) });
      return target;
    },
  };
};

const refusal = (path: string, why: string): AppError =>
  new AppError('INVALID_TASK', `${path} ${why}`, { details: { path } });

type Inside = (real: string) => Promise<string>;

const entriesOf = async (path: string, inside: Inside): Promise<Entry[]> => {
  try {
    await using folder = await openFolder(path);
    await inside(folder.real);
    const entries = await readdir(folder.at('.'), { withFileTypes: true });
    return entries
      .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw isAppError(error) ? error : cannot(path, 'listed', error);
  }
};

const cannot = (path: string, done: string, cause: unknown): AppError =>
  new AppError('HANDLER_FAILED', `${path} cannot be ${done}: ${codeOf(cause)}`, { cause });

const kindOf = (entry: { isFile(): boolean; isDirectory(): boolean }): Entry['kind'] => {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
};

/** The real path of the deepest folder that exists, with the rest behind it. A link that leads nowhere is followed too. */
const existingPart = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (parent === path) throw error;
    const link = await readlink(path).catch(() => undefined);
    if (link !== undefined) throw new AppError('INVALID_TASK', `${path} is a link that leads nowhere`);
    return join(await existingPart(parent), basename(path));
  }
};

const readFileAt = async (path: string, maxBytes: number, inside: Inside): Promise<ReadFile> => {
  let file: FileHandle;
  try {
    // O_NONBLOCK: opening a named pipe would wait for its writer.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable', code };
  }
  try {
    // A folder on the way may have become a link since the path was resolved, so the opened file is checked.
    await inside(await realPathOf(file, path));
    return await readOpened(file, path, maxBytes);
  } catch (error) {
    if (isAppError(error)) throw error;
    return { kind: 'unreadable', code: codeOf(error) };
  } finally {
    await file.close();
  }
};

const readOpened = async (file: FileHandle, path: string, maxBytes: number): Promise<ReadFile> => {
  const stat = await file.stat();
  if (!stat.isFile()) return { kind: 'not_a_file' };
  if (stat.size > maxBytes) return { kind: 'too_large', bytes: stat.size };
  // One byte more than it should have: a file may grow while it is read.
  const room = Buffer.alloc(stat.size + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < room.length; length += read) {
    ({ bytesRead: read } = await file.read(room, length, room.length - length));
  }
  return { kind: 'content', path, bytes: room.subarray(0, Math.min(length, stat.size)) };
};

interface WriteOptions {
  readonly umask: number;
  readonly inside: Inside;
}

/** A reader sees the old file or the new one. The opened folder is checked before anything is made in it, in case it has become a link meanwhile. */
const replaceFile = async (
  path: string,
  content: Uint8Array,
  { umask, inside }: WriteOptions,
): Promise<void> => {
  const name = basename(path);
  try {
    await using folder = await makeFolder(dirname(path), 0o777 & ~umask, inside);
    await inside(join(folder.real, name));
    await writeAside(folder, name, { content, mode: 0o666 & ~umask });
  } catch (error) {
    throw isAppError(error) ? error : cannot(path, 'written', error);
  }
};

const writeAside = async (
  folder: OpenFolder,
  name: string,
  { content, mode }: { readonly content: Uint8Array; readonly mode: number },
): Promise<void> => {
  const aside = folder.at(`.${name}.${randomUUID()}`);
  try {
    await writeFile(aside, content, { flag: 'wx' });
    await chmod(aside, mode);
    await rename(aside, folder.at(name));
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
};
