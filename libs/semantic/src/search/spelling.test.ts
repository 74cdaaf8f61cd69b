import { describe, expect, it } from 'vitest';
import { folded } from '../text/scripts.ts';
import { wordSetOf } from '../text/words.ts';
import { typingErrors, withSpellings } from './spelling.ts';
import type { Searchable } from './terms.ts';
import { containsTerm, termsOf } from './terms.ts';

const searchable = (text: string): Searchable => ({ words: wordSetOf(text), text: folded(text) });

describe('typingErrors', () => {
  it.each([
    ['gradel', 'gradle', 1],
    ['cheksum', 'checksum', 1],
    ['missmatch', 'mismatch', 1],
    ['dependancy', 'dependency', 1],
    ['seperate', 'separate', 1],
    ['certifcate', 'certificates', 2],
    ['quota', 'quota', 0],
    ['share', 'shard', 2],
  ])('between %s and %s are %s', (a, b, errors) => expect(typingErrors(a, b)).toBe(errors));
});

describe('withSpellings', () => {
  const texts = ['gradle daemon: metaspace exhausted', 'certificate of the shard expired'].map(searchable);
  const found = (query: string): readonly boolean[] =>
    withSpellings(termsOf(query), texts).map((term) => texts.some((text) => containsTerm(text, term)));

  it('finds words with typing errors', () => {
    expect(found('metspace gradel deamon certifcate expierd')).toEqual([true, true, true, true, true]);
  });

  it('takes no short word, no code and no other word for a misspelt one', () => {
    expect(found('sard share ORD-17 gravel')).toEqual([false, false, false, false]);
  });

  it('leaves a term as it is that stands in a text', () => {
    expect(withSpellings(termsOf('gradle'), texts)).toEqual([{ word: 'gradle', isExact: false }]);
  });
});
