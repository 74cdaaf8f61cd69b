import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readText } from './files.ts';
import { natsFolder } from './nats-folder.ts';

const fileOf = (dataDir: string): string => path.join(dataDir, 'admin.key');

/** The key of the local admin of a data folder; `undefined` when there is none. */
export const readAdminKey = (dataDir: string): string | undefined => readText(fileOf(dataDir))?.trim();

/** Stores the key of the local admin. Only the owner can read its file. */
export const writeAdminKey = (dataDir: string, key: string): void => {
  const file = fileOf(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${key}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};

/** Where access is open no service knows callers: a command with a key would get no answer. The next closed start makes another one. */
export const removeAdminKey = (dataDir: string): void => rmSync(fileOf(dataDir), { force: true });

/** Whether the nats-server of this data folder requires credentials that were made here. */
export const hasNatsSecrets = (dataDir: string): boolean =>
  readText(natsFolder(dataDir).secrets) !== undefined;
