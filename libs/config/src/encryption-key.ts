import { readFileSync } from 'node:fs';
import { AppError, messageOf } from '@precedent/kernel';
import type { Config } from './settings.ts';

const CHARS_MIN = 32;

/** What is wrong with a key; `undefined` when nothing is. Shorter ones could be guessed. */
export const keyProblem = (key: string): string | undefined =>
  key.length < CHARS_MIN ? `expected at least ${CHARS_MIN} characters, got ${key.length}` : undefined;

/**
 * The key that encrypts the store of the own server; `undefined` when none is configured. Throws INVALID_CONFIG when its file cannot be read,
 * or holds a key that is too short.
 */
export const encryptionKeyOf = ({ nats }: Pick<Config, 'nats'>): string | undefined => {
  const { encryptionKey, encryptionKeyFile: file } = nats;
  if (file === '') return encryptionKey.isSet ? encryptionKey.reveal() : undefined;
  const key = readKey(file);
  const problem = keyProblem(key);
  if (problem !== undefined) throw refused(`${file}: ${problem}`);
  return key;
};

const readKey = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw refused(`${file} cannot be read: ${messageOf(error)}`);
  }
};

const refused = (message: string): AppError => {
  const field = 'nats.encryptionKeyFile';
  return new AppError('INVALID_CONFIG', `${field}: ${message}`, { issues: [{ field, message }] });
};
