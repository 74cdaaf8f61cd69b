import { AppError } from '@precedent/kernel';
import type { Embedder, VectorCache } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { cachedEmbedder } from './cached-embedder.ts';
import { memoryVectorCache } from './memory-vector-cache.ts';

/** Embeds a text to its length, and records the texts of each call. */
const counting = (name = 'tiny'): Embedder & { readonly calls: string[][] } => {
  const calls: string[][] = [];
  return {
    calls,
    model: { name, dimensions: 1 },
    embed: async (texts) => {
      calls.push([...texts]);
      return texts.map((text) => Float32Array.of(text.length));
    },
    close: async () => undefined,
  };
};

const values = (vectors: readonly Float32Array[]): number[] => vectors.map(([value]) => value ?? Number.NaN);

describe('cachedEmbedder', () => {
  it('embeds each text once, within a call and over calls, and answers in order', async () => {
    const embedder = counting();
    const cached = cachedEmbedder(embedder, memoryVectorCache());
    expect(values(await cached.embed(['aa', 'b', 'aa', 'ccc']))).toEqual([2, 1, 2, 3]);
    expect(values(await cached.embed(['ccc', 'dddd', 'aa']))).toEqual([3, 4, 2]);
    expect(embedder.calls).toEqual([['aa', 'b', 'ccc'], ['dddd']]);
    expect(cached.counts()).toEqual({ known: 3, embedded: 4 });
    expect(cached.model).toBe(embedder.model);
  });

  it('knows how common a word is as its embedder does', () => {
    const known = cachedEmbedder({ ...counting(), commonness: () => 0.5 }, memoryVectorCache());
    expect(known.commonness?.('word')).toBe(0.5);
    expect(cachedEmbedder(counting(), memoryVectorCache()).commonness).toBeUndefined();
  });

  it('embeds a text once when two concurrent calls contain it', async () => {
    const embedder = counting();
    const cached = cachedEmbedder(embedder, memoryVectorCache());
    const both = await Promise.all([cached.embed(['a', 'bb']), cached.embed(['bb', 'ccc'])]);
    expect(both.map(values)).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(embedder.calls.flat().toSorted()).toEqual(['a', 'bb', 'ccc']);
  });

  it('embeds a text again after a failed call', async () => {
    const embedder = counting();
    let fails = true;
    const shaky: Embedder = {
      ...embedder,
      embed: (texts) => {
        if (fails) return Promise.reject(new AppError('EMBEDDER_UNAVAILABLE', 'gone'));
        return embedder.embed(texts);
      },
    };
    const cached = cachedEmbedder(shaky, memoryVectorCache());
    const failed = await Promise.allSettled([cached.embed(['a']), cached.embed(['a', 'b'])]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(values(await cached.embed(['a']))).toEqual([1]);
  });

  it('keeps the vectors of two models apart in one cache', async () => {
    const cache = memoryVectorCache();
    const [one, other] = [counting('one'), counting('other')];
    await cachedEmbedder(one, cache).embed(['a']);
    await cachedEmbedder(other, cache).embed(['a']);
    expect([one.calls, other.calls]).toEqual([[['a']], [['a']]]);
  });

  it('embeds without its cache when the cache fails, and reports each failure', async () => {
    const failures: unknown[] = [];
    const broken: VectorCache = {
      read: () => Promise.reject(new Error('disk')),
      write: () => Promise.reject(new Error('full')),
      close: async () => undefined,
    };
    const cached = cachedEmbedder(counting(), broken, { onCacheFailure: (error) => failures.push(error) });
    expect(values(await cached.embed(['a', 'bb']))).toEqual([1, 2]);
    expect(failures).toEqual([new Error('disk'), new Error('full')]);
  });
});

describe('memoryVectorCache', () => {
  it('evicts the vector that was not read for longest', async () => {
    const cache = memoryVectorCache(2);
    await cache.write(new Map([['a', Float32Array.of(1)]]));
    await cache.write(new Map([['b', Float32Array.of(2)]]));
    await cache.read(['a']);
    await cache.write(new Map([['c', Float32Array.of(3)]]));
    expect([...(await cache.read(['a', 'b', 'c'])).keys()]).toEqual(['a', 'c']);
  });

  it('returns a stored vector unchanged after its caller has changed the array', async () => {
    const cache = memoryVectorCache();
    const vector = Float32Array.of(1);
    await cache.write(new Map([['a', vector]]));
    vector[0] = 2;
    (await cache.read(['a'])).get('a')?.fill(3);
    expect((await cache.read(['a'])).get('a')).toEqual(Float32Array.of(1));
  });
});
