import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunker } from './chunker.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 200 });
const texts = fc.array(fc.oneof(anyText, fc.constant('line\n'), fc.constant('😀é\n\n')), { maxLength: 20 });

const cutUp = (parts: readonly string[], limit: number, ticks: readonly boolean[]): string[] => {
  const chunks = chunker(limit);
  const pieces = parts.flatMap((part, i) => [...chunks.push(part), ...(ticks[i] ? chunks.tick() : [])]);
  return [...pieces, ...chunks.end()];
};

test('loses and adds nothing, however it is cut', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 4, max: 64 }), fc.array(fc.boolean()), (parts, limit, ticks) => {
      expect(cutUp(parts, limit, ticks).join('')).toBe(parts.join(''));
    }),
  );
});

test('no piece is empty or takes more than the limit in UTF-8', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 4, max: 64 }), fc.array(fc.boolean()), (parts, limit, ticks) => {
      for (const piece of cutUp(parts, limit, ticks)) {
        expect(piece).not.toBe('');
        expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

test('no character is split: pieces of well-formed text are well-formed', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 4, max: 64 }), (parts, limit) => {
      for (const piece of cutUp(parts, limit, [])) expect(piece.isWellFormed()).toBe(true);
    }),
  );
});

test('a full piece ends with a line where one ends in it', () => {
  expect(chunker(8).push('ab\ncd\nefghij')).toEqual(['ab\ncd\n']);
});

test('a line that is longer than a piece is cut inside', () => {
  expect(chunker(4).push('abcdefghij')).toEqual(['abcd', 'efgh']);
});

test('with time, whole lines go and the part of a line waits once more', () => {
  const chunks = chunker(100);
  chunks.push('one\ntwo\nthr');
  expect(chunks.tick()).toEqual(['one\ntwo\n']);
  expect(chunks.holding).toBe(true);
  expect(chunks.tick()).toEqual(['thr']);
  expect(chunks.holding).toBe(false);
  expect(chunks.tick()).toEqual([]);
});
