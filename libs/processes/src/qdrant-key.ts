import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readText } from './files.ts';
import { qdrantFolder } from './qdrant-folder.ts';

const KEY_BYTES = 32;

/** The key of the own qdrant of a data folder, made at the first call. Only the owner can read its file. Lock the folder first. */
export const qdrantApiKey = (dataDir: string): string => {
  const { dir, apiKey: file } = qdrantFolder(dataDir);
  const known = readText(file)?.trim();
  if (known) return known;
  const key = randomBytes(KEY_BYTES).toString('base64url');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
};
