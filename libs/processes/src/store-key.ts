import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@precedent/kernel';
import { jsonFields, readText } from './files.ts';
import type { NatsFolder } from './nats-folder.ts';

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * Checks the key with which a store is encrypted before a server opens it: with another key the server would start with an empty one.
 * Throws INVALID_CONFIG when the store has another key, none, or one and none is given.
 */
export const checkStoreKey = (folder: NatsFolder, key: string | undefined): void => {
  const known = readText(folder.storeKey);
  if (known !== undefined) {
    if (key === undefined) throw refused(`the store in ${folder.store} is encrypted, and no key is set`);
    if (!isKeyOf(known, key))
      throw refused(`it is not the key with which the store in ${folder.store} was made`);
  } else if (key !== undefined && isPlain(folder)) {
    const remedy = 'make a backup, and restore it into a new data folder with the key';
    throw refused(`the store in ${folder.store} was made without a key: ${remedy}`);
  }
};

const refused = (message: string): AppError => {
  const field = 'nats.encryptionKey';
  return new AppError('INVALID_CONFIG', `${field}: ${message}`, { issues: [{ field, message }] });
};

const hashOf = (key: string, salt: Buffer): Buffer => scryptSync(key, salt, HASH_BYTES);

const isKeyOf = (known: string, key: string): boolean => {
  const { salt, hash } = jsonFields(known);
  if (typeof salt !== 'string' || typeof hash !== 'string') return false;
  const expected = Buffer.from(hash, 'base64url');
  return (
    expected.length === HASH_BYTES && timingSafeEqual(expected, hashOf(key, Buffer.from(salt, 'base64url')))
  );
};

/** Whether there are streams, and one of them has no key of its own. */
const isPlain = ({ store }: NatsFolder): boolean =>
  globSync('jetstream/*/streams/*', { cwd: store }).some(
    (stream) => !existsSync(path.join(store, stream, 'meta.key')),
  );

/** Remembers, as a hash, the key with which a server has opened a store. */
export const rememberStoreKey = ({ dir, storeKey }: NatsFolder, key: string): void => {
  if (existsSync(storeKey)) return;
  const salt = randomBytes(SALT_BYTES);
  const text = JSON.stringify({
    salt: salt.toString('base64url'),
    hash: hashOf(key, salt).toString('base64url'),
  });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(storeKey, `${text}\n`, { mode: 0o600 });
};
