const POLYNOMIAL = 0xedb88320;

const tableEntry = (byte: number): number => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
};

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => tableEntry(byte));

/** CRC-32 as in zlib and PNG (ISO 3309), of an ASCII text. */
export const crc32 = (text: string): number => {
  let sum = 0xffffffff;
  for (let at = 0; at < text.length; at++)
    sum = (sum >>> 8) ^ (TABLE[(sum ^ text.charCodeAt(at)) & 0xff] ?? 0);
  return (sum ^ 0xffffffff) >>> 0;
};
