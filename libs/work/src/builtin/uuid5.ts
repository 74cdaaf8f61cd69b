import { createHash } from 'node:crypto';

/** Every name of ours lives in this namespace of UUIDs. Changing it would double every point. */
const NAMESPACE = Buffer.from('7d3d0a8e5f0c4c55a1f59a5c2b7e6f10', 'hex');

/** The UUID (version 5) of a list of names: the same for the same names. */
export const uuid5 = (...names: readonly string[]): string => {
  const hash = createHash('sha1').update(NAMESPACE).update(JSON.stringify(names)).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};
