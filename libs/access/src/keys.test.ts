import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { KEY_ID_BYTES, KEY_PATTERN, KEY_SECRET_BYTES, formatKey, parseKey } from './keys.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const keys = fc
  .tuple(bytes(KEY_ID_BYTES), bytes(KEY_SECRET_BYTES))
  .map(([id, secret]) => formatKey(id, secret));

const ZERO = formatKey(new Uint8Array(KEY_ID_BYTES), new Uint8Array(KEY_SECRET_BYTES));

describe('a key', () => {
  it('has a prefix, an id that is a token of a subject, a secret and a checksum', () => {
    expect(ZERO).toMatch(/^prec_0{10}_0{43}[0-9A-Za-z]{6}$/);
    fc.assert(
      fc.property(keys, (key) => {
        expect(key).toMatch(KEY_PATTERN);
        expect(parseKey(key)).toEqual({ id: key.slice(5, 15), secret: key.slice(16, 59) });
      }),
    );
  });

  it('keeps all bits of its secret', () => {
    const all = new Uint8Array(KEY_SECRET_BYTES).fill(255);
    fc.assert(
      fc.property(bytes(KEY_SECRET_BYTES), bytes(KEY_SECRET_BYTES), (a, b) => {
        const id = new Uint8Array(KEY_ID_BYTES);
        expect(formatKey(id, a) === formatKey(id, b)).toBe(Buffer.from(a).equals(b));
      }),
    );
    // 2^256 - 1, by another program.
    expect(formatKey(new Uint8Array(KEY_ID_BYTES), all).slice(16, 59)).toBe(
      'yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1',
    );
  });

  it('is refused when one character of it is another one', () => {
    const changes = fc.tuple(keys, fc.nat({ max: 64 }), fc.constantFrom('0', 'A', 'z', '_', '-', '*', ' '));
    fc.assert(
      fc.property(changes, ([key, at, char]) => {
        const changed = `${key.slice(0, at)}${char}${key.slice(at + 1)}`;
        if (changed !== key) expect(parseKey(changed)).toMatchObject({ code: 'UNAUTHENTICATED' });
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused with a reason that holds nothing of the text', () => {
    const texts = fc.oneof(
      fc.string({ minLength: 8 }),
      keys.map((key) => `${key}x`),
      keys.map((key) => key.slice(1)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseKey(text);
        expect(parsed).toMatchObject({ code: 'UNAUTHENTICATED' });
        const secret = text.slice(-40);
        if (secret.trim().length > 7) expect(JSON.stringify(parsed)).not.toContain(secret);
      }),
    );
  });

  it.each([
    ['', 'it is empty'],
    ['ghp_x', 'it does not begin with "prec_"'],
    [ZERO.slice(0, -1), 'it has 64 characters instead of 65'],
    [ZERO.replace('prec_0', 'prec__'), 'it has characters that no key has, or parts of another length'],
    [`${ZERO.slice(0, -1)}!`, 'it has characters that no key has, or parts of another length'],
    [ZERO.replace('prec_0', 'prec_1'), 'its checksum does not match: a character is wrong'],
  ])('%j is refused with its fault', (text, fault) => {
    expect(parseKey(text)).toEqual({
      code: 'UNAUTHENTICATED',
      message: `this is not a key of Precedent: ${fault}`,
    });
  });

  it('is made of as many random bytes as it needs, and no fewer', () => {
    expect(() => formatKey(new Uint8Array(7), new Uint8Array(32))).toThrow('takes 8 bytes, got 7');
    expect(() => formatKey(new Uint8Array(8), new Uint8Array(31))).toThrow('takes 32 bytes, got 31');
  });

  it('has the checksum that zlib computes', () => {
    const ascii = fc.string({ unit: 'binary-ascii' });
    fc.assert(
      fc.property(ascii, (text) => {
        expect(crc32(text)).toBe(zlibCrc32(text));
      }),
    );
  });
});
