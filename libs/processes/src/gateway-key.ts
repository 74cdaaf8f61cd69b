import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasCode, readText } from './files.ts';

/**
 * The key of the gateway of a data folder, for a cell where access is open: a web page can reach loopback, so HTTP needs one all the same.
 * `make` makes it at the first call. Only the owner can read its file.
 */
export const gatewayKey = (dataDir: string, make: () => string): string =>
  textOf(dataDir, 'gateway.key', make);

/** `undefined`: the data folder is not on this machine, or no gateway of an open cell has run in it. */
export const readGatewayKey = (dataDir: string): string | undefined =>
  readText(path.join(dataDir, 'gateway.key'))?.trim() || undefined;

/** What the gateways of a data folder seal cursors and handles with. Made at the first call; only the owner can read its file. */
export const gatewaySecret = (dataDir: string): string =>
  textOf(dataDir, 'gateway.secret', () => randomBytes(SECRET_BYTES).toString('base64url'));

const SECRET_BYTES = 32;

const textOf = (dataDir: string, name: string, make: () => string): string => {
  const file = path.join(dataDir, name);
  const read = (): string | undefined => readText(file)?.trim();
  const known = read();
  if (known) return known;
  const made = make();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    // An empty file is what a full disk leaves behind.
    writeFileSync(file, `${made}\n`, { mode: 0o600, flag: known === undefined ? 'wx' : 'w' });
    return made;
  } catch (error) {
    if (hasCode(error, ['EEXIST'])) return read() ?? made;
    throw error;
  }
};
