import { createHash } from 'node:crypto';

/** One item in a folder. `path` is relative to the folder, with `/` between names. */
export type FolderEntry =
  | { readonly path: string; readonly kind: 'folder' }
  | { readonly path: string; readonly kind: 'link'; readonly target: string }
  | {
      readonly path: string;
      readonly kind: 'file';
      /** Permission bits. */
      readonly mode: number;
      /** Content as base64. */
      readonly content: string;
    };

/** A folder's content as the state of a checkpoint: JSON, in the order of its paths. */
export interface FolderState {
  readonly kind: typeof FOLDER_STATE;
  readonly entries: readonly FolderEntry[];
}

/** The kind of the state above, with its version. A state of another kind is not read. */
export const FOLDER_STATE = 'folder/1';

/** The same for the same content. */
export const hashOf = ({ entries }: FolderState): string => {
  const hash = createHash('sha256');
  for (const entry of entries) hash.update(JSON.stringify(entry)).update('\n');
  return hash.digest('hex');
};

/** Bytes that an entry takes as JSON, at most; the content is `size` bytes long. */
export const jsonBytesOf = (path: string, size: number): number =>
  Math.ceil(size / 3) * 4 + Buffer.byteLength(JSON.stringify(path)) + ENTRY_BYTES;

/** Everything of an entry but its path and its content. */
const ENTRY_BYTES = 96;

/**
 * Checks a state from outside. `undefined` when it is none, or no tree: a path leads out of the folder or occurs twice, or an item is below a
 * link or a file.
 */
export const folderStateOf = (value: unknown): FolderState | undefined => {
  const { kind, entries } = Object(value) as Record<string, unknown>;
  if (kind !== FOLDER_STATE || !Array.isArray(entries)) return undefined;
  const known = entries.map(entryOf).filter((entry) => entry !== undefined);
  return known.length === entries.length && isTree(known) ? { kind, entries: known } : undefined;
};

/** Sorted with `/` before every other character, the items below a path follow it directly. */
const isTree = (entries: readonly FolderEntry[]): boolean => {
  const key = ({ path }: FolderEntry): string => path.replaceAll('/', '\0');
  const sorted = entries.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  return sorted.every((entry, i) => {
    const next = sorted[i + 1]?.path ?? '';
    return next !== entry.path && (entry.kind === 'folder' || !next.startsWith(`${entry.path}/`));
  });
};

const entryOf = (value: unknown): FolderEntry | undefined => {
  const { path, kind, mode, content, target } = Object(value) as Record<string, unknown>;
  if (!isInside(path)) return undefined;
  if (kind === 'folder') return { path, kind };
  if (kind === 'link' && typeof target === 'string') return { path, kind, target };
  const isFile = kind === 'file' && typeof content === 'string' && Number.isInteger(mode);
  return isFile ? { path, kind, mode: Number(mode) & 0o777, content } : undefined;
};

const isInside = (path: unknown): path is string =>
  typeof path === 'string' &&
  !path.includes('\0') &&
  path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
