import type { Embedder } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { wordVectors } from './word-vectors.ts';

const setup = () => {
  const embedded: string[] = [];
  const embedder: Embedder = {
    model: { name: 'letters', dimensions: 26 },
    embed: async (texts) => {
      embedded.push(...texts);
      return texts.map((text) =>
        Float32Array.from({ length: 26 }, (_, at) => (text.includes(String.fromCharCode(97 + at)) ? 0.3 : 0)),
      );
    },
    close: async () => undefined,
  };
  return { embedded, embedder };
};

describe('wordVectors', () => {
  it('compares embedded words with nearly the cosine of the model', async () => {
    const words = wordVectors(setup().embedder);
    await words.learn(['abc', 'abd', 'xyz'], 10);
    expect(words.similarity('abc', 'abd')).toBeCloseTo(2 / 3, 2);
    expect(words.similarity('abc', 'xyz')).toBeCloseTo(0, 2);
    expect(words.similarity('abc', 'unheard')).toBeUndefined();
  });

  it('embeds each word once, in order, and at most the given number', async () => {
    const { embedded, embedder } = setup();
    const words = wordVectors(embedder);
    await words.learn(['a', 'b', 'a', 'c'], 2);
    await words.learn(['a', 'b'], 2);
    expect(embedded).toEqual(['a', 'b']);
  });

  it('evicts the least recently used word', async () => {
    const words = wordVectors(setup().embedder, { max: 2 });
    await words.learn(['a', 'b'], 9);
    await words.learn(['a', 'c'], 9);
    expect([words.similarity('a', 'c'), words.similarity('a', 'b')]).toEqual([0, undefined]);
  });
});
