import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { backupManifestSchema } from '@precedent/contracts';
import type { BackupManifest } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';

const MANIFEST = 'manifest.json';

/** What a backup holds, once every file of it is what was written. Throws INVALID_REQUEST with the first thing that is wrong. */
export const checkedManifest = async (folder: string): Promise<BackupManifest> => {
  const manifest = await manifestIn(folder);
  for (const { files } of manifest.parts)
    for (const file of files) {
      const found = await contentOf(path.join(folder, file.path));
      if (found.bytes !== file.bytes)
        throw refusal(`${file.path} has ${found.bytes} bytes, ${file.bytes} are expected`);
      if (found.sha256 !== file.sha256)
        throw refusal(`${file.path} has the SHA-256 ${found.sha256}, ${file.sha256} is expected`);
    }
  return manifest;
};

const manifestIn = async (folder: string): Promise<BackupManifest> => {
  const text = await readFile(path.join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined)
    throw refusal(`${folder} has no ${MANIFEST}: it is no backup, or was never finished`);
  const parsed = backupManifestSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refusal(`${MANIFEST}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it cannot be read'}`);
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const contentOf = async (file: string): Promise<{ bytes: number; sha256: string }> => {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw refusal(`${path.basename(file)} is missing`);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return { bytes: found.size, sha256: hash.digest('hex') };
};

const refusal = (fact: string): AppError =>
  new AppError('INVALID_REQUEST', `the backup cannot be used: ${fact}`);
