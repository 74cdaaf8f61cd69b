import { KEY_CHARS, KEY_PREFIX, keyParts } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { base62, numberOf } from './base62.ts';
import { crc32 } from './crc32.ts';

/** An API key in its parts. The id is a token of a subject, and no secret. */
export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

/** What has to be random: 64 bits for the id, 256 for the secret. */
export const KEY_ID_BYTES = 8;
export const KEY_SECRET_BYTES = 32;

/** For secret scanners: what a key looks like in any text. The checksum tells a key from what only looks like one, without a server. */
export const KEY_PATTERN = /\bprec_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}\b/;

/** `prec_<id>_<secret><checksum>`: 65 characters. The bytes come from the caller's source of randomness. */
export const formatKey = (idBytes: Uint8Array, secretBytes: Uint8Array): string => {
  requireBytes('id', idBytes, KEY_ID_BYTES);
  requireBytes('secret', secretBytes, KEY_SECRET_BYTES);
  const body = `${KEY_PREFIX}_${base62(numberOf(idBytes), KEY_CHARS.id)}_${base62(numberOf(secretBytes), KEY_CHARS.secret)}`;
  return `${body}${checksumOf(body)}`;
};

const requireBytes = (what: string, { length }: Uint8Array, expected: number): void => {
  if (length !== expected)
    throw new RangeError(`the ${what} of a key takes ${expected} bytes, got ${length}`);
};

const checksumOf = (body: string): string => base62(BigInt(crc32(body)), KEY_CHARS.checksum);

/** The parts of a key, or why the text is none. The problem never holds any of the text. */
export const parseKey = (text: string): ApiKey | Problem => {
  const parts = keyParts(text);
  if (parts === undefined) return badKey(shapeFault(text));
  const { id, secret, checksum } = parts;
  const isWhole = checksumOf(`${KEY_PREFIX}_${id}_${secret}`) === checksum;
  return isWhole ? { id, secret } : badKey('its checksum does not match: a character is wrong');
};

const badKey = (reason: string): Problem => ({
  code: 'UNAUTHENTICATED',
  message: `this is not a key of Precedent: ${reason}`,
});

const LENGTH = KEY_PREFIX.length + KEY_CHARS.id + KEY_CHARS.secret + KEY_CHARS.checksum + 2;

const shapeFault = (text: string): string => {
  if (text.length === 0) return 'it is empty';
  if (!text.startsWith(`${KEY_PREFIX}_`)) return `it does not begin with "${KEY_PREFIX}_"`;
  if (text.length !== LENGTH) return `it has ${text.length} characters instead of ${LENGTH}`;
  return 'it has characters that no key has, or parts of another length';
};
