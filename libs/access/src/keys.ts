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

const PREFIX = 'prec';
const ID_CHARS = 10;
/** 256 bits in base 62. */
const SECRET_CHARS = 43;
const CHECKSUM_CHARS = 6;

/** For secret scanners: what a key looks like in any text. The checksum tells a key from what only looks like one, without a server. */
export const KEY_PATTERN = /\bprec_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}\b/;

const PARTS = new RegExp(
  `^${PREFIX}_([0-9A-Za-z]{${ID_CHARS}})_([0-9A-Za-z]{${SECRET_CHARS}})([0-9A-Za-z]{${CHECKSUM_CHARS}})$`,
);

/** `prec_<id>_<secret><checksum>`: 65 characters. The bytes come from the caller's source of randomness. */
export const formatKey = (idBytes: Uint8Array, secretBytes: Uint8Array): string => {
  requireBytes('id', idBytes, KEY_ID_BYTES);
  requireBytes('secret', secretBytes, KEY_SECRET_BYTES);
  const body = `${PREFIX}_${base62(numberOf(idBytes), ID_CHARS)}_${base62(numberOf(secretBytes), SECRET_CHARS)}`;
  return `${body}${checksumOf(body)}`;
};

const requireBytes = (what: string, { length }: Uint8Array, expected: number): void => {
  if (length !== expected)
    throw new RangeError(`the ${what} of a key takes ${expected} bytes, got ${length}`);
};

const checksumOf = (body: string): string => base62(BigInt(crc32(body)), CHECKSUM_CHARS);

/** The parts of a key, or why the text is none. The problem never holds any of the text. */
export const parseKey = (text: string): ApiKey | Problem => {
  const [, id, secret, checksum] = PARTS.exec(text) ?? [];
  if (id === undefined || secret === undefined) return badKey(shapeFault(text));
  const isWhole = checksumOf(`${PREFIX}_${id}_${secret}`) === checksum;
  return isWhole ? { id, secret } : badKey('its checksum does not match: a character is wrong');
};

const badKey = (reason: string): Problem => ({
  code: 'UNAUTHENTICATED',
  message: `this is not a key of Precedent: ${reason}`,
});

const LENGTH = PREFIX.length + ID_CHARS + SECRET_CHARS + CHECKSUM_CHARS + 2;

const shapeFault = (text: string): string => {
  if (text.length === 0) return 'it is empty';
  if (!text.startsWith(`${PREFIX}_`)) return `it does not begin with "${PREFIX}_"`;
  if (text.length !== LENGTH) return `it has ${text.length} characters instead of ${LENGTH}`;
  return 'it has characters that no key has, or parts of another length';
};
