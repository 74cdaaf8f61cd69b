import type { Embedder } from '@precedent/ports';
import { shortHash } from '@precedent/semantic';

const DIMENSIONS = 64;

/** Words as dimensions: texts are near each other when they share words. */
export const wordEmbedder = (): Embedder => ({
  model: { name: 'words', dimensions: DIMENSIONS },
  embed: async (texts) => texts.map(vectorOf),
  close: async () => undefined,
});

const vectorOf = (text: string): Float32Array => {
  const vector = new Float32Array(DIMENSIONS).fill(0.01);
  for (const word of text.toLowerCase().split(/\W+/)) {
    const at = Number.parseInt(shortHash(word).slice(0, 6), 16) % DIMENSIONS;
    vector[at] = (vector[at] ?? 0) + 1;
  }
  return vector;
};
