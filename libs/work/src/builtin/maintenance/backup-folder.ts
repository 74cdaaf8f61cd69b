import { BACKUP_FORMAT } from '@precedent/contract-types';
import type { BackupFile, BackupManifest } from '@precedent/contract-types';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

export const MANIFEST = 'manifest.json';

const BACKUP_PREFIX = 'backup-';
const UNFINISHED_PREFIX = '.backup-';
/** An unfinished backup that was not written to for so long belongs to a task that is over. Milliseconds. */
const ABANDONED_MS = 24 * 3_600_000;

/** The name of a backup. Names sort by time. */
export const backupName = (at: number): string =>
  `${BACKUP_PREFIX}${new Date(at).toISOString().replaceAll(':', '-')}`;

export const unfinishedName = (task: string): string => `${UNFINISHED_PREFIX}${task}`;

/** The files below a folder, with what identifies their content. */
export const filesIn = async (root: string, place: string): Promise<readonly BackupFile[]> => {
  const entries = await readdir(path.join(root, place), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return await Promise.all(files.toSorted().map((file) => fileOf(root, file)));
};

const fileOf = async (root: string, file: string): Promise<BackupFile> => ({
  path: path.relative(root, file).replaceAll(path.sep, '/'),
  bytes: (await stat(file)).size,
  sha256: await sha256Of(file),
});

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
};

/** Makes an empty folder, and removes what was there. Only its owner may read it, because it contains payloads. */
export const emptyFolder = async (folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
};

/** Completes a backup: writes its manifest, and gives the folder its final name. */
export const finish = async (unfinished: string, folder: string, manifest: BackupManifest): Promise<void> => {
  await writeFile(path.join(unfinished, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
  await rename(unfinished, folder);
};

/** Removes all but the latest `keep` backups, and old unfinished ones. Resolves to the number of removed backups. */
export const prune = async (folder: string, keep: number, now: number): Promise<number> => {
  const names = await readdir(folder);
  const named = names.filter((name) => name.startsWith(BACKUP_PREFIX)).toSorted();
  const own = await Promise.all(named.map((name) => isBackup(path.join(folder, name))));
  const backups = named.filter((_, i) => own[i]);
  const old = backups.slice(0, Math.max(0, backups.length - keep));
  for (const name of old) await remove(folder, name);
  for (const name of names.filter((one) => one.startsWith(UNFINISHED_PREFIX))) {
    const { mtimeMs } = await stat(path.join(folder, name));
    if (now - mtimeMs > ABANDONED_MS) await remove(folder, name);
  }
  return old.length;
};

const remove = (folder: string, name: string): Promise<void> =>
  rm(path.join(folder, name), { recursive: true, force: true });

/** Only a folder with our manifest may be removed. */
const isBackup = async (folder: string): Promise<boolean> => {
  try {
    const text = await readFile(path.join(folder, MANIFEST), 'utf8');
    return (JSON.parse(text) as Partial<BackupManifest>).format === BACKUP_FORMAT;
  } catch {
    return false;
  }
};
