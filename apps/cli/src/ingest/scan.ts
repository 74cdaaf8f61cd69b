import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@precedent/kernel';
import { isIgnored, rulesAbove, withRulesOf } from './ignore-rules.ts';
import type { Rules } from './ignore-rules.ts';

/** What a folder holds at one moment. */
export interface Scan {
  /** Path → what changes when the file does. */
  readonly files: ReadonlyMap<string, string>;
  /** The folders that were looked into. */
  readonly folders: readonly string[];
}

export interface ScanOptions {
  /** Also files and folders whose names begin with a dot. */
  readonly hidden: boolean;
}

const NEVER = new Set(['.git', 'node_modules']);

/** All files below a folder that git would look at. Links are not followed. Throws INVALID_REQUEST when it is no folder. */
export const scanFolder = async (folder: string, options: ScanOptions): Promise<Scan> => {
  const root = await realFolder(folder);
  const files = new Map<string, string>();
  const folders: string[] = [];
  const todo: { readonly at: string; readonly rules: Rules }[] = [
    { at: root, rules: await rulesAbove(root) },
  ];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { at } = next;
    folders.push(at);
    const rules = await withRulesOf(at, next.rules);
    for (const entry of await entriesOf(at)) {
      const file = path.join(at, entry.name);
      if (!isWanted(entry, options) || isIgnored(file, entry.isDirectory(), rules)) continue;
      if (entry.isDirectory()) todo.push({ at: file, rules });
      else files.set(file, await stampOf(file));
    }
  }
  return { files, folders };
};

const realFolder = async (folder: string): Promise<string> => {
  const real = await realpath(folder).catch(() => undefined);
  const about = real === undefined ? undefined : await lstat(real);
  if (real !== undefined && about?.isDirectory()) return real;
  throw new AppError('INVALID_REQUEST', `${folder} is not a folder`);
};

/** A folder may disappear during the scan. */
const entriesOf = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);

const isWanted = (entry: Dirent, { hidden }: ScanOptions): boolean => {
  if (NEVER.has(entry.name) || (!hidden && entry.name.startsWith('.'))) return false;
  return entry.isFile() || entry.isDirectory();
};

const stampOf = async (file: string): Promise<string> => {
  const about = await lstat(file).catch(() => undefined);
  return about === undefined ? 'gone' : `${about.mtimeMs}:${about.size}:${about.ino}`;
};

/** Files that are new, have changed, or are gone. */
export const changedFiles = (before: Scan['files'], after: Scan['files']): string[] => [
  ...[...after].filter(([file, stamp]) => before.get(file) !== stamp).map(([file]) => file),
  ...[...before.keys()].filter((file) => !after.has(file)),
];
