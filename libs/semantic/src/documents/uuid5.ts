import { createHash } from 'node:crypto';

/** The name space of our documents; a change of it makes every stored point a stranger. */
const NAMESPACE = Buffer.from('6f0d6c5a8f1e5c3b9a4e2d7c1b0f9e8d', 'hex');

/** UUID of version 5 of a name: the same name has the same id on every machine, so that a replay replaces and adds nothing. */
export const uuid5 = (...parts: readonly (string | number)[]): string => {
  const hash = createHash('sha1').update(NAMESPACE).update(JSON.stringify(parts)).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

/** 16 hexadecimal digits of the SHA-256 of a text. */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);
