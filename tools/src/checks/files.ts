import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

type IsIgnored = (name: string) => boolean;

/**
 * Every file that belongs to the repository, relative to the root: all but what `.gitignore` leaves out. Read from the
 * disk and not from git, so that an unpacked archive can be checked too.
 */
export const repositoryFiles = (root: string): string[] =>
  walk(root, '', ignored(path.join(root, '.gitignore'))).toSorted();

const walk = (root: string, dir: string, isIgnored: IsIgnored): string[] =>
  readdirSync(path.join(root, dir), { withFileTypes: true })
    .filter(({ name }) => !isIgnored(name))
    .flatMap((entry) => {
      const file = path.posix.join(dir, entry.name);
      if (entry.isDirectory()) return walk(root, file, isIgnored);
      return entry.isFile() ? [file] : [];
    });

/** The two forms that this repository uses: `folder/` and `*.suffix`. */
const ignored = (gitignore: string): IsIgnored => {
  const lines = readFileSync(gitignore, 'utf8').split('\n');
  const folders = lines.filter((line) => line.endsWith('/')).map((line) => line.slice(0, -1));
  const names = new Set(['.git', ...folders]);
  const suffixes = lines.filter((line) => line.startsWith('*')).map((line) => line.slice(1));
  return (name) => names.has(name) || suffixes.some((suffix) => name.endsWith(suffix));
};

/** The text of a file, or `undefined` when it is binary: a zero byte never appears in a text. */
export const textOf = (file: string): string | undefined => {
  const bytes = readFileSync(file);
  return bytes.includes(0) ? undefined : bytes.toString('utf8');
};
