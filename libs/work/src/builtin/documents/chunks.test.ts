import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blocksOf } from './blocks.ts';
import { chunksOf, piecesOf } from './chunks.ts';
import { TEXT_FORMATS } from './document-kind.ts';

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const texts = fc
  .array(
    fc.constantFrom(
      'alpha',
      'be',
      'gamma.',
      '# One',
      '## Two',
      '```',
      '<p>',
      'x: 1',
      '"a',
      '\n',
      '\n\n',
      '😀😀',
      '- é',
    ),
    { maxLength: 120 },
  )
  .map((parts) => parts.join(' '));

test('without overlap the pieces of a text are the text, and none cuts a word', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 12, max: 80 }), (text, maxChars) => {
      const pieces = piecesOf(text, { maxChars, overlap: 0 });
      expect(pieces.flatMap(words)).toEqual(words(text));
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(maxChars);
    }),
  );
});

/** Each word once: what a piece repeats is known by its words. One is longer than half of the smallest piece. */
const distinct = fc
  .array(fc.constantFrom('alpha', 'be', 'gamma.', '# One', '<p>', '\n\n', '😀😀', '- é', 'x'.repeat(16)), {
    maxLength: 120,
  })
  .map((parts) => parts.map((part, i) => (part.trim() === '' ? part : `${i}${part}`)).join(' '));

test('with overlap every word is in a piece, in order, and what is repeated is no more than that', () => {
  fc.assert(
    fc.property(distinct, fc.integer({ min: 20, max: 80 }), (text, maxChars) => {
      const overlap = Math.floor(maxChars / 2);
      const pieces = piecesOf(text, { maxChars, overlap });
      let seen: string[] = [];
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(maxChars);
        const own = words(piece);
        const shared = sharedWords(seen, own);
        expect(own.slice(0, shared).join(' ').length).toBeLessThanOrEqual(overlap);
        seen = [...seen, ...own.slice(shared)];
      }
      expect(seen).toEqual(words(text));
    }),
  );
});

test('what is repeated is the end of the piece before, also where the words after it are the same', () => {
  const overlapping = { maxChars: 20, overlap: 10 };
  expect(piecesOf('gamma. gamma. gamma. alpha', overlapping)).toEqual([
    'gamma. gamma.',
    'gamma. gamma. alpha',
  ]);
});

test('before a word that is longer than half a piece no word is cut, and none is repeated for ever', () => {
  const text = `a bb ${'x'.repeat(19)} ccc`;
  expect(piecesOf(text, { maxChars: 20, overlap: 10 })).toEqual(['a bb', 'bb', 'x'.repeat(19), 'ccc']);
});

/** How many words at the end of one list are those at the beginning of the other, at most. */
const sharedWords = (before: readonly string[], own: readonly string[]): number => {
  for (let count = Math.min(before.length, own.length); count > 0; count--) {
    if (before.slice(-count).join(' ') === own.slice(0, count).join(' ')) return count;
  }
  return 0;
};

test('a piece ends at a line where it can, else at a sentence, else at a word', () => {
  expect(piecesOf('one two\nthree four five', { maxChars: 12, overlap: 0 })).toEqual([
    'one two',
    'three four',
    'five',
  ]);
  expect(piecesOf('One two. Three four five', { maxChars: 14, overlap: 0 })).toEqual([
    'One two.',
    'Three four',
    'five',
  ]);
  expect(piecesOf('one two three', { maxChars: 9, overlap: 0 })).toEqual(['one two', 'three']);
});

test('a word longer than a chunk is cut, and never within a character', () => {
  const pieces = piecesOf('😀'.repeat(20), { maxChars: 7, overlap: 3 });
  expect(pieces.every((piece) => /^(😀)+$/u.test(piece))).toBe(true);
  expect(piecesOf('x'.repeat(100_000), { maxChars: 100, overlap: 50 }).length).toBe(1_000);
});

test('neighbours under one heading are one chunk while they fit', () => {
  const blocks = blocksOf('# A\n\none\n\ntwo\n\n# B\n\nthree', 'markdown');
  expect(chunksOf(blocks, { maxChars: 50, overlap: 0 })).toEqual([
    { heading: 'A', text: 'one\n\ntwo' },
    { heading: 'B', text: 'three' },
  ]);
  expect(chunksOf(blocks, { maxChars: 5, overlap: 0 })).toHaveLength(3);
});

test('no word of a document is lost, whatever its kind and its content', () => {
  const kinds = fc.constantFrom(...TEXT_FORMATS);
  fc.assert(
    fc.property(texts, kinds, fc.integer({ min: 30, max: 90 }), (text, kind, maxChars) => {
      const blocks = blocksOf(text, kind);
      const chunks = chunksOf(blocks, { maxChars, overlap: 0 });
      expect(chunks.flatMap((chunk) => words(chunk.text))).toEqual(
        blocks.flatMap((block) => words(block.text)),
      );
      if (kind === 'text' || kind === 'yaml' || kind === 'code')
        expect(blocks.flatMap((block) => words(block.text))).toEqual(words(text));
    }),
  );
});
