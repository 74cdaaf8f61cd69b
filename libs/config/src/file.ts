import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isUtf16, withoutByteOrderMark, errorCode, messageOf } from '@precedent/kernel';
import type { RawLayer } from './raw.ts';
import { readYaml } from './yaml-file.ts';

const DEFAULT_FILE = 'precedent.yaml';
const FILE_BYTES_MAX = 1_048_576;

/** The absolute path of the file to read: the one named, or the usual one where it exists. */
export const findFile = (cwd: string, named: string | undefined): string | undefined => {
  if (named !== undefined) return path.resolve(cwd, named);
  const usual = path.join(cwd, DEFAULT_FILE);
  return statSync(usual, { throwIfNoEntry: false }) ? usual : undefined;
};

/** What a file sets. One that cannot be read is an issue like any other. */
export const readFile = (file: string, cwd: string): RawLayer => {
  const name = shownName(file, cwd);
  try {
    const { size } = statSync(file);
    if (size > FILE_BYTES_MAX)
      return refused(name, `the file holds ${size} bytes, of ${FILE_BYTES_MAX} allowed`);
    const text = readFileSync(file, 'utf8');
    return isUtf16(text)
      ? refused(name, 'the file is UTF-16; UTF-8 is expected')
      : readYaml(withoutByteOrderMark(text), name);
  } catch (error) {
    const why = errorCode(error) ?? messageOf(error);
    return refused(name, `the file cannot be read: ${why}`);
  }
};

const refused = (field: string, message: string): RawLayer => ({
  values: new Map(),
  issues: [{ field, message }],
});

const shownName = (file: string, cwd: string): string => {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
};
