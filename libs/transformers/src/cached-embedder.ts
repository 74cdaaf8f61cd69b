import { createHash } from 'node:crypto';
import type { Embedder, VectorCache } from '@precedent/ports';

export interface CachedEmbedder extends Embedder {
  /** Texts since the start: those whose vector was known, or just being made for another one, and those that were embedded. */
  counts(): { readonly known: number; readonly embedded: number };
}

export interface CacheOptions {
  /** The cache failed: the texts are embedded as if it were empty. */
  readonly onCacheFailure?: (error: unknown) => void;
}

/**
 * Embeds each text once, however often it comes, also at the same time; over restarts too if the cache lasts. Vectors of different
 * models never meet in one cache. A cache that fails costs time only. Closing it closes the embedder and the cache.
 */
export const cachedEmbedder = (
  embedder: Embedder,
  cache: VectorCache,
  { onCacheFailure }: CacheOptions = {},
): CachedEmbedder => {
  const underWay = new Map<string, Promise<Float32Array>>();
  let [known, embedded] = [0, 0];
  const told = (error: unknown): void => onCacheFailure?.(error);

  const read = (keys: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> =>
    cache.read(keys).catch((error: unknown) => {
      told(error);
      return new Map<string, Float32Array>();
    });

  /** Starts to embed what nobody embeds yet. */
  const make = (texts: ReadonlyMap<string, string>): void => {
    const fresh = [...texts].filter(([key]) => !underWay.has(key));
    if (fresh.length === 0) return;
    embedded += fresh.length;
    const making = embedder.embed(fresh.map(([, text]) => text));
    for (const [i, [key]] of fresh.entries())
      underWay.set(
        key,
        making.then((vectors) => present(vectors[i])),
      );
    const forget = (): void => fresh.forEach(([key]) => underWay.delete(key));
    making
      .then((vectors) =>
        cache.write(new Map(fresh.map(([key], i) => [key, present(vectors[i])]))).catch(told),
      )
      .then(forget, forget);
  };

  const embed = async (texts: readonly string[]): Promise<readonly Float32Array[]> => {
    const keys = texts.map((text) => keyOf(embedder.model.name, text));
    const textOf = new Map(keys.map((key, i) => [key, texts[i] ?? '']));
    const found = await read([...textOf.keys()]);
    const missing = new Map([...textOf].filter(([key]) => !found.has(key)));
    const before = embedded;
    make(missing);
    known += texts.length - (embedded - before);
    return Promise.all(keys.map(async (key) => present(found.get(key) ?? (await underWay.get(key)))));
  };
  const close = async (): Promise<void> => {
    await embedder.close();
    await cache.close();
  };
  return { model: embedder.model, embed, close, counts: () => ({ known, embedded }) };
};

const keyOf = (model: string, text: string): string =>
  `${model}:${createHash('sha256').update(text).digest('base64url')}`;

const present = (vector: Float32Array | undefined): Float32Array => {
  if (vector === undefined) throw new Error('an embedder gave fewer vectors than there were texts');
  return vector;
};
