import { join } from 'node:path';
import { AppError } from '@precedent/kernel';
import { matchesGlob } from './glob.ts';
import type { RootedFiles } from './rooted-files.ts';

export interface WalkOptions {
  /** Only files that match one; all when empty. */
  readonly globs: readonly string[];
  /** None that match one of these. */
  readonly exclude: readonly string[];
  /** More are refused with INVALID_TASK. */
  readonly maxFiles: number;
  /** Called for each folder; what it throws ends the walk. */
  readonly alive: () => void;
}

/** Folders with files of other programs. */
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules']);

/** The files below a folder that is real, sorted by path. Links are not followed. */
export const walk = async (files: RootedFiles, folder: string, options: WalkOptions): Promise<string[]> => {
  const found: string[] = [];
  const folders = [''];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    options.alive();
    for (const { name, kind } of await files.list(join(folder, next))) {
      const path = next === '' ? name : `${next}/${name}`;
      if (kind === 'folder' && !SKIPPED_FOLDERS.has(name) && !isOneOf(path, options.exclude))
        folders.push(path);
      if (kind === 'file' && isWanted(path, options)) found.push(join(folder, path));
    }
    refuseTooMany(found.length, options.maxFiles, folder);
  }
  return found.sort();
};

const isOneOf = (path: string, globs: readonly string[]): boolean =>
  globs.some((glob) => matchesGlob(path, glob));

const isWanted = (path: string, { globs, exclude }: WalkOptions): boolean =>
  (globs.length === 0 || isOneOf(path, globs)) && !isOneOf(path, exclude);

const refuseTooMany = (count: number, max: number, folder: string): void => {
  if (count <= max) return;
  throw new AppError('INVALID_TASK', `${folder} has more than ${max} files that match; divide it`);
};
