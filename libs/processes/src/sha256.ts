import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { jsonFields, readText } from './files.ts';

const CACHE = 'verified.json';

/**
 * The SHA-256 of a file, hexadecimal. With a `cacheDir`, a folder for the eyes of the user only, it is read again only when anything
 * about the file has changed: also its content in place, because the time of the last change of an inode cannot be set back.
 * Rejects with the error of the system.
 */
export const sha256Of = async (file: string, cacheDir?: string): Promise<string> => {
  const mark = await markOf(file);
  const known = cacheDir === undefined ? undefined : hashIn(cacheDir, file, mark);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  const found = hash.digest('hex');
  // What changed while it was read is read again the next time.
  if (cacheDir !== undefined && mark === (await markOf(file))) remember(cacheDir, file, `${mark} ${found}`);
  return found;
};

const markOf = async (file: string): Promise<string> => {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join('.');
};

const entriesIn = (dir: string): Readonly<Record<string, unknown>> =>
  jsonFields(readText(path.join(dir, CACHE)) ?? '');

const hashIn = (dir: string, file: string, mark: string): string | undefined => {
  const entry = entriesIn(dir)[file];
  return typeof entry === 'string' && entry.startsWith(`${mark} `) ? entry.slice(mark.length + 1) : undefined;
};

/** It only saves time: where it cannot be written, the file is read again. */
const remember = (dir: string, file: string, entry: string): void => {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const text = JSON.stringify({ ...entriesIn(dir), [file]: entry });
    writeFileSync(path.join(dir, CACHE), `${text}\n`, { mode: 0o600 });
  } catch {
    // A full disk, a folder of another user.
  }
};
