import { AppError } from '@precedent/kernel';
import type { Embedder, VectorCache } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { cachedEmbedder } from './cached-embedder.ts';
import { memoryVectorCache } from './memory-vector-cache.ts';

/** Embeds a text to its length, and notes what it was asked. */
const counting = (name = 'tiny'): Embedder & { readonly asked: string[][] } => {
  const asked: string[][] = [];
  return {
    asked,
    model: { name, dimensions: 1 },
    embed: async (texts) => {
      asked.push([...texts]);
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
    expect(embedder.asked).toEqual([['aa', 'b', 'ccc'], ['dddd']]);
    expect(cached.counts()).toEqual({ known: 3, embedded: 4 });
    expect(cached.model).toBe(embedder.model);
  });

  it('embeds a text once that comes twice at the same time', async () => {
    const embedder = counting();
    const cached = cachedEmbedder(embedder, memoryVectorCache());
    const both = await Promise.all([cached.embed(['a', 'bb']), cached.embed(['bb', 'ccc'])]);
    expect(both.map(values)).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(embedder.asked.flat().toSorted()).toEqual(['a', 'bb', 'ccc']);
  });

  it('tries again what failed', async () => {
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

  it('never mixes models in one cache', async () => {
    const cache = memoryVectorCache();
    const [one, other] = [counting('one'), counting('other')];
    await cachedEmbedder(one, cache).embed(['a']);
    await cachedEmbedder(other, cache).embed(['a']);
    expect([one.asked, other.asked]).toEqual([[['a']], [['a']]]);
  });

  it('works without its cache, and says so', async () => {
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
  it('forgets what was not wanted for longest', async () => {
    const cache = memoryVectorCache(2);
    await cache.write(new Map([['a', Float32Array.of(1)]]));
    await cache.write(new Map([['b', Float32Array.of(2)]]));
    await cache.read(['a']);
    await cache.write(new Map([['c', Float32Array.of(3)]]));
    expect([...(await cache.read(['a', 'b', 'c'])).keys()]).toEqual(['a', 'c']);
  });

  it('is not changed by what is done to a vector later', async () => {
    const cache = memoryVectorCache();
    const vector = Float32Array.of(1);
    await cache.write(new Map([['a', vector]]));
    vector[0] = 2;
    (await cache.read(['a'])).get('a')?.fill(3);
    expect((await cache.read(['a'])).get('a')).toEqual(Float32Array.of(1));
  });
});
