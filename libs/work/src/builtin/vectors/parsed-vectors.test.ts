import { describe, expect, it } from 'vitest';
import { NUMBERS_MAX } from './flat-vectors.ts';
import { parsedVectors } from './parsed-vectors.ts';

const read = (text: string) => parsedVectors({ bytes: new TextEncoder().encode(text), name: 'v.json' });
const vectors = (count: number): string => `[${Array.from({ length: count }, () => '[1]').join()}]`;

describe('parsedVectors', () => {
  it('reads as many numbers as are allowed', () => {
    expect(read(vectors(NUMBERS_MAX)).numbers).toHaveLength(NUMBERS_MAX);
  });

  it.each([
    ['what is no JSON', '[[1, 2]'],
    ['a list of texts', '[["a"]]'],
    ['a list of objects', '[{}]'],
    ['no vector', '[]'],
    ['an empty vector', '[[]]'],
    ['more numbers than are allowed', vectors(NUMBERS_MAX + 1)],
    ['so many empty lists that they would fill the memory of the thread', `[${'[],'.repeat(NUMBERS_MAX)}[]]`],
  ])('refuses %s', (_, text) => {
    const refusal = `expected a JSON list of vectors with at most ${NUMBERS_MAX} numbers; v.json is none`;
    expect(() => read(text)).toThrow(refusal);
  });
});
