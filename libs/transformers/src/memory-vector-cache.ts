import type { VectorCache } from '@precedent/ports';

/** The vectors that were asked for last, up to `max` of them; 10,000 with 384 dimensions are some 16 MB. Gone with the process. */
export const memoryVectorCache = (max = 10_000): VectorCache => {
  const vectors = new Map<string, Float32Array>();
  /** A map keeps the order in which keys came: the first one is the one that was not wanted for longest. */
  const keep = (key: string, vector: Float32Array): void => {
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
        keep(key, vector);
        found.set(key, vector.slice());
      }
      return found;
    },
    write: async (fresh) => {
      for (const [key, vector] of fresh) keep(key, vector.slice());
    },
    close: async () => vectors.clear(),
  };
};
