import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConnectOptions } from './connect-options.ts';

/** Where `precedent up` has its data folder, unless it is configured. */
const DEFAULT_FOLDER = '.precedent';
const LOOPBACK = /^([a-z]+:\/\/)?(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The key of the local admin, which `precedent up` makes where access is required: for servers of this machine, when no other credential is
 * given. The data folder is `dataDir`, PRECEDENT_STORAGE_DATA_DIR or, where no server is named either, `.precedent` of the working folder.
 */
export const localKey = (
  { servers, dataDir, token, user, credential }: ConnectOptions,
  env: Env,
): string | undefined => {
  if ((token ?? user ?? credential) !== undefined || !isHere(servers)) return undefined;
  const named = dataDir ?? env['PRECEDENT_STORAGE_DATA_DIR'];
  const folder = named ?? (servers === undefined ? DEFAULT_FOLDER : undefined);
  return folder === undefined ? undefined : textIn(path.join(folder, 'admin.key'));
};

const isHere = (servers: ConnectOptions['servers'] = []): boolean =>
  (typeof servers === 'string' ? servers.split(',') : servers).every((one) => LOOPBACK.test(one.trim()));

const textIn = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
};
