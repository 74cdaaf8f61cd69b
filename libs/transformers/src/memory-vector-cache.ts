import type { VectorCache } from '@precedent/ports';

/** A cache of the `max` most recently read vectors, in memory; 10,000 vectors of 384 dimensions are about 16 MB. */
export const memoryVectorCache = (max = 10_000): VectorCache => {
  const vectors = new Map<string, Float32Array>();
  /** A Map iterates in insertion order, so its first key is the least recently used. */
  const store = (key: string, vector: Float32Array): void => {
    vectors.delete(key);
    vectors.set(key, vector);
    const [oldest] = vectors.keys();
    if (vectors.size > max && oldest !== undefined) vectors.delete(oldest);
  };
  return {
    read: async (keys) => {
      const found = new Map<string, Float32Array>();
      for (const key of keys) {
        const vector = vectors.get(key);
        if (vector === undefined) continue;
        store(key, vector);
        found.set(key, vector.slice());
      }
      return found;
    },
    write: async (fresh) => {
      for (const [key, vector] of fresh) store(key, vector.slice());
    },
    close: async () => vectors.clear(),
  };
};
