import { BACKUP_FORMAT } from '@precedent/contract-types';
import type { BackupFile, BackupManifest } from '@precedent/contract-types';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

export const MANIFEST = 'manifest.json';

const FRONT = 'backup-';
const DRAFT = '.backup-';
/** An unfinished backup that nobody has written to for so long belongs to a task that is over. Milliseconds. */
const LEFT_OVER_MS = 24 * 3_600_000;

/** Names sort by time. */
export const backupName = (at: number): string =>
  `${FRONT}${new Date(at).toISOString().replaceAll(':', '-')}`;

export const draftName = (task: string): string => `${DRAFT}${task}`;

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

/** An empty folder, whatever was there; what is in it is for the owner's eyes only, as payloads are. */
export const emptyFolder = async (folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
};

/** From here on it is a backup: one without its manifest, or under its first name, is none. */
export const finish = async (draft: string, folder: string, manifest: BackupManifest): Promise<void> => {
  await writeFile(path.join(draft, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
  await rename(draft, folder);
};

/** Removes the oldest backups but `keep`, and what unfinished ones left long ago. Resolves to how many backups went. */
export const prune = async (folder: string, keep: number, now: number): Promise<number> => {
  const names = await readdir(folder);
  const named = names.filter((name) => name.startsWith(FRONT)).toSorted();
  const own = await Promise.all(named.map((name) => isBackup(path.join(folder, name))));
  const backups = named.filter((_, i) => own[i]);
  const old = backups.slice(0, Math.max(0, backups.length - keep));
  for (const name of old) await remove(folder, name);
  for (const name of names.filter((one) => one.startsWith(DRAFT))) {
    const { mtimeMs } = await stat(path.join(folder, name));
    if (now - mtimeMs > LEFT_OVER_MS) await remove(folder, name);
  }
  return old.length;
};

const remove = (folder: string, name: string): Promise<void> =>
  rm(path.join(folder, name), { recursive: true, force: true });

/** Only what has our manifest is ours to remove. */
const isBackup = async (folder: string): Promise<boolean> => {
  try {
    const text = await readFile(path.join(folder, MANIFEST), 'utf8');
    return (JSON.parse(text) as Partial<BackupManifest>).format === BACKUP_FORMAT;
  } catch {
    return false;
  }
};
