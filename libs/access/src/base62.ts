/** In the order of their character codes, so that texts of one length sort as their numbers do. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(DIGITS.length);

/** A number of at least 0 in `length` digits, the most significant first; what does not fit is dropped at the front. */
export const base62 = (value: bigint, length: number): string => {
  let rest = value;
  let text = '';
  for (let at = 0; at < length; at++) {
    text = `${DIGITS[Number(rest % BASE)]}${text}`;
    rest /= BASE;
  }
  return text;
};

/** Big-endian. */
export const numberOf = (bytes: Uint8Array): bigint =>
  bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
