import type { Embedder } from '@precedent/ports';

/** How alike single words are, by the model: `throttled` and `limited`, `crash` and `failure`. */
export interface WordVectors {
  /** Makes these words known, the first ones first, but embeds at most `freshMax` new ones. Rejects EMBEDDER_UNAVAILABLE. */
  learn(words: readonly string[], freshMax: number): Promise<void>;
  /** Cosine, -1 to 1; `undefined` when one of them is not known. */
  readonly likeness: (a: string, b: string) => number | undefined;
}

/** One byte a dimension is enough to compare words, and keeps 20,000 of them in 8 MB. */
const SCALE = 127;

interface Known {
  readonly bytes: Int8Array;
  readonly length: number;
}

/** Words that were met, and their vectors; the one that was not asked for longest goes when `max` (20,000) are known. */
export const wordVectors = (
  embedder: Embedder,
  { max = 20_000 }: { readonly max?: number } = {},
): WordVectors => {
  const known = new Map<string, Known>();
  const keep = (word: string, one: Known): void => {
    known.delete(word);
    known.set(word, one);
    const [oldest] = known.keys();
    if (known.size > max && oldest !== undefined) known.delete(oldest);
  };
  return {
    learn: async (words, freshMax) => {
      const distinct = [...new Set(words)];
      for (const word of distinct) {
        const one = known.get(word);
        if (one) keep(word, one);
      }
      const fresh = distinct.filter((word) => !known.has(word)).slice(0, freshMax);
      if (fresh.length === 0) return;
      const vectors = await embedder.embed(fresh);
      for (const [at, word] of fresh.entries()) {
        const vector = vectors[at];
        if (vector) keep(word, packed(vector));
      }
    },
    likeness: (a, b) => {
      const [left, right] = [known.get(a), known.get(b)];
      return left && right && cosine(left, right);
    },
  };
};

/** The largest number becomes 127: unit vectors of hundreds of dimensions would use a fraction of the byte. */
const packed = (vector: Float32Array): Known => {
  const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-9);
  const bytes = Int8Array.from(vector, (value) => Math.round((value / largest) * SCALE));
  return { bytes, length: Math.sqrt(dot(bytes, bytes)) };
};

const dot = (a: Int8Array, b: Int8Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
};

const cosine = (a: Known, b: Known): number => dot(a.bytes, b.bytes) / (a.length * b.length);
