import { createHash } from 'node:crypto';

/** The UUID (version 5) of a list of names within a space: points with the same names have the same id on every machine. */
export const namedUuid = (space: string, names: readonly (string | number)[]): string => {
  const hash = createHash('sha1').update(Buffer.from(space, 'hex')).update(JSON.stringify(names)).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};
