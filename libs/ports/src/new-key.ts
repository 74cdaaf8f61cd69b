import { randomBytes } from 'node:crypto';
import { KEY_ID_BYTES, KEY_SECRET_BYTES, formatKey, parseKey } from '@precedent/access';
import { errorOf } from '@precedent/kernel';
import { keyDigest } from './key-digest.ts';

export interface NewKey {
  /** The whole key. It is shown once, and stored nowhere. */
  readonly text: string;
  readonly id: string;
  /** What is stored of the secret. */
  readonly sha256: string;
}

/** Makes a key from the randomness of the system. */
export const newKey = (): NewKey => {
  const text = formatKey(randomBytes(KEY_ID_BYTES), randomBytes(KEY_SECRET_BYTES));
  const parsed = parseKey(text);
  if ('code' in parsed) throw errorOf(parsed);
  return { text, id: parsed.id, sha256: keyDigest(parsed.secret) };
};
