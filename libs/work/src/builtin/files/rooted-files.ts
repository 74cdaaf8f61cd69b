import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { AppError } from '@precedent/kernel';

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

/** The file system below configured folders. Whatever a path says, and wherever links lead, nothing else is touched. */
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

/** `roots`: absolute folders. Relative paths begin at the first one. */
export const rootedFiles = (roots: readonly string[]): RootedFiles => {
  const [base = process.cwd()] = roots;
  const realRoots = async (): Promise<string[]> => {
    const found = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
    return found.filter((root) => root !== undefined);
  };
  const inside = async (real: string, path: string): Promise<string> => {
    const allowed = await realRoots();
    if (allowed.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)))
      return real;
    const message = `${path} is outside the folders that this worker may touch (worker.files.roots: ${roots.join(', ')})`;
    throw new AppError('INVALID_TASK', message, { details: { path } });
  };
  const place = async (path: string): Promise<string> =>
    inside(await existingPart(resolve(base, path)), path);
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
      return found === undefined ? [] : await entriesOf(found);
    },
    write: async (path, content) => {
      const target = await place(path);
      await mkdir(dirname(target), { recursive: true });
      await replaceFile(await inside(await existingPart(target), path), content);
      return target;
    },
  };
};

const entriesOf = async (folder: string): Promise<Entry[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new AppError('HANDLER_FAILED', `${folder} cannot be listed: ${codeOf(error)}`, { cause: error });
  });
  return entries
    .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
};

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

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';

const readFileAt = async (
  path: string,
  maxBytes: number,
  inside: (real: string) => Promise<string>,
): Promise<ReadFile> => {
  let file: FileHandle;
  try {
    // O_NONBLOCK: opening a named pipe would wait for its writer.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable', code };
  }
  try {
    // A folder on the way may have become a link since the path was made real: what was opened is what counts.
    await inside(await readlink(`/proc/self/fd/${file.fd}`).catch(() => path));
    return await readOpened(file, path, maxBytes);
  } catch (error) {
    if (error instanceof AppError) throw error;
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

/** A reader sees the old file or the new one. */
const replaceFile = async (path: string, content: Uint8Array): Promise<void> => {
  const aside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await writeFile(aside, content, { flag: 'wx' });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw new AppError('HANDLER_FAILED', `${path} cannot be written: ${codeOf(error)}`, { cause: error });
  }
};
