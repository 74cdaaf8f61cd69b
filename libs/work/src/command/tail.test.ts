import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tail } from './tail.ts';

const tailOf = (limit: number, chunks: readonly Uint8Array[]): string => {
  const end = tail(limit);
  for (const chunk of chunks) end.push(Buffer.from(chunk));
  return end.text();
};

test('is the end of what came, whatever the pieces were', () => {
  const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 40 });
  fc.assert(
    fc.property(fc.array(ascii), fc.integer({ min: 1, max: 50 }), (parts, limit) => {
      expect(
        tailOf(
          limit,
          parts.map((part) => Buffer.from(part)),
        ),
      ).toBe(parts.join('').slice(-limit));
    }),
  );
});

test('leaves out a character that was cut at the front', () => {
  expect(tailOf(4, [Buffer.from('a😀b')])).toBe('b');
  expect(tailOf(5, [Buffer.from('a😀b')])).toBe('😀b');
});

test('keeps bytes that are not UTF-8 as replacement characters when nothing was cut', () => {
  expect(tailOf(10, [Uint8Array.of(0x80, 0x61, 0xff)])).toBe('\ufffda\ufffd');
});
