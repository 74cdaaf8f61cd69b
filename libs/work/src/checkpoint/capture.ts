import { constants } from 'node:fs';
import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isControlFile } from './control-files.ts';
import { FOLDER_STATE, jsonBytesOf } from './folder-state.ts';
import type { FolderEntry, FolderState } from './folder-state.ts';

export interface CaptureLimits {
  /** Bytes of the state as JSON. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** The content of a folder, or why it cannot be saved: a sentence for the log. */
export type Captured =
  | { readonly state: FolderState; readonly skipped: readonly string[] }
  | { readonly refused: string };

/** Reads a file of so many bytes; `undefined` when it is not as long any more. */
export type ReadContent = (path: string, size: number) => Promise<Buffer | undefined>;

/** A folder that changes while it is read is read again; so often, at most. */
const TRIES_MAX = 5;

/**
 * Reads a folder: files with their permissions, folders and links. Other items (sockets, pipes) are left out and named. The folder is scanned
 * before and after: equal scans show that no file changed meanwhile.
 */
export const captureFolder = async (
  folder: string,
  limits: CaptureLimits,
  read: ReadContent = contentOf,
): Promise<Captured> => {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await scan(folder, limits.maxEntries);
    if (found === undefined) return { refused: 'it cannot be read' };
    const refused = refusalOf(found, limits);
    if (refused !== undefined) return { refused };
    const entries = await entriesOf(folder, found, read);
    if (!entries || !isSame(found, await scan(folder, limits.maxEntries))) continue;
    const skipped = found.filter(({ kind }) => kind === 'other').map(({ path }) => path);
    return { state: { kind: FOLDER_STATE, entries }, skipped };
  }
  return { refused: 'its files changed again and again while they were read' };
};

interface FolderItem {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly stats: BigIntStats;
}

/** The items sorted by path, so that equal folders give equal states. Ends early when there are too many. `undefined`: no folder. */
const scan = async (folder: string, maxEntries: number): Promise<FolderItem[] | undefined> => {
  const found: FolderItem[] = [];
  const open = [''];
  for (let at = open.pop(); at !== undefined && found.length <= maxEntries; at = open.pop()) {
    const names = await readdir(join(folder, at), { withFileTypes: true }).catch(() => undefined);
    if (names === undefined && at === '') return undefined;
    for (const entry of names ?? []) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      const stats = isControlFile(path) ? undefined : await statsOf(join(folder, path));
      if (stats === undefined) continue;
      found.push({ path, kind: kindOf(entry), stats });
      if (entry.isDirectory()) open.push(path);
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
};

const statsOf = (path: string): Promise<BigIntStats | undefined> =>
  lstat(path, { bigint: true }).catch(() => undefined);

const kindOf = (entry: Dirent): FolderItem['kind'] => {
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  return entry.isFile() ? 'file' : 'other';
};

const refusalOf = (
  found: readonly FolderItem[],
  { maxBytes, maxEntries }: CaptureLimits,
): string | undefined => {
  if (found.length > maxEntries) return `it has more than ${maxEntries} files and folders`;
  const sizes = found.map(({ path, kind, stats }) =>
    jsonBytesOf(path, kind === 'folder' ? 0 : Number(stats.size)),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return bytes > maxBytes ? `it takes ${bytes} of ${maxBytes} bytes at most` : undefined;
};

/** Reads one file after the other, because a worker may open only so many. `undefined` when one has changed meanwhile. */
const entriesOf = async (
  folder: string,
  found: readonly FolderItem[],
  read: ReadContent,
): Promise<FolderEntry[] | undefined> => {
  const entries: FolderEntry[] = [];
  for (const item of found) {
    const entry = await entryOf(folder, item, read);
    if (entry === undefined) return undefined;
    entries.push(...entry);
  }
  return entries;
};

/** `undefined` when the item has changed since the scan; no entry for one that is left out. */
const entryOf = async (
  folder: string,
  { path, kind, stats }: FolderItem,
  read: ReadContent,
): Promise<FolderEntry[] | undefined> => {
  if (kind === 'other') return [];
  if (kind === 'folder') return [{ path, kind }];
  if (kind === 'link') {
    const target = await readlink(join(folder, path)).catch(() => undefined);
    return target === undefined ? undefined : [{ path, kind, target }];
  }
  const content = await read(join(folder, path), Number(stats.size));
  const mode = Number(stats.mode) & 0o777;
  return content === undefined ? undefined : [{ path, kind, mode, content: content.toString('base64') }];
};

/** The file must still have the same size: a log that grows all the time is no safe point. */
const contentOf: ReadContent = async (path, size) => {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const file = await open(path, flags).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const content = await file.readFile();
    return content.length === size ? content : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
};

const isSame = (before: readonly FolderItem[], after: readonly FolderItem[] | undefined): boolean =>
  before.length === after?.length && before.every((item, i) => markOf(item) === markOf(after[i]));

const markOf = (item: FolderItem | undefined): string | undefined =>
  item && `${item.path}\0${item.kind}\0${item.stats.ino}\0${item.stats.size}\0${item.stats.mtimeNs}`;
