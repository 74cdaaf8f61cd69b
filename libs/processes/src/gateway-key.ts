import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readText } from './files.ts';

/**
 * The key of the gateway of a data folder, for a cell where access is open: a web page can reach loopback, so HTTP needs one all the same.
 * `make` makes it at the first call. Only the owner can read its file.
 */
export const gatewayKey = (dataDir: string, make: () => string): string => {
  const file = path.join(dataDir, 'gateway.key');
  const known = readText(file)?.trim();
  if (known) return known;
  const key = make();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
};
