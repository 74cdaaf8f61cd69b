import type { Embedder } from '@precedent/ports';

/** The similarity of single words by the model: `throttled` and `limited`, `crash` and `failure`. */
export interface WordVectors {
  /**
   * Embeds the words that are not cached, in order, at most `newMax` of them; `by` another embedder of the same model where no query
   * waits for them. Rejects EMBEDDER_UNAVAILABLE.
   */
  learn(words: readonly string[], newMax: number, by?: Embedder): Promise<void>;
  /** Cosine, -1 to 1; `undefined` when one of the words is not cached. */
  readonly similarity: (a: string, b: string) => number | undefined;
  /** How common a word is, 0 to 1; 1 for all when the model does not know. */
  readonly commonness: (word: string) => number;
}

/** One byte per dimension is precise enough to compare words, and 20,000 words fit into 8 MB. */
const SCALE = 127;

interface PackedVector {
  readonly bytes: Int8Array;
  readonly length: number;
}

/** A cache of word vectors that evicts the least recently used word beyond `max` (20,000). */
export const wordVectors = (
  embedder: Embedder,
  { max = 20_000 }: { readonly max?: number } = {},
): WordVectors => {
  const cached = new Map<string, PackedVector>();
  const store = (word: string, packedVector: PackedVector): void => {
    cached.delete(word);
    cached.set(word, packedVector);
    const [oldest] = cached.keys();
    if (cached.size > max && oldest !== undefined) cached.delete(oldest);
  };
  return {
    learn: async (words, newMax, by = embedder) => {
      const distinct = [...new Set(words)];
      for (const word of distinct) {
        const packedVector = cached.get(word);
        if (packedVector) store(word, packedVector);
      }
      const missing = distinct.filter((word) => !cached.has(word)).slice(0, newMax);
      if (missing.length === 0) return;
      const vectors = await by.embed(missing);
      for (const [at, word] of missing.entries()) {
        const vector = vectors[at];
        if (vector) store(word, packed(vector));
      }
    },
    commonness: embedder.commonness ?? (() => 1),
    similarity: (a, b) => {
      const [left, right] = [cached.get(a), cached.get(b)];
      return left && right && cosine(left, right);
    },
  };
};

/** Scales the largest number to 127: the numbers of a unit vector with hundreds of dimensions are small. */
const packed = (vector: Float32Array): PackedVector => {
  const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-9);
  const bytes = Int8Array.from(vector, (value) => Math.round((value / largest) * SCALE));
  return { bytes, length: Math.sqrt(dot(bytes, bytes)) };
};

const dot = (a: Int8Array, b: Int8Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
};

const cosine = (a: PackedVector, b: PackedVector): number => dot(a.bytes, b.bytes) / (a.length * b.length);
