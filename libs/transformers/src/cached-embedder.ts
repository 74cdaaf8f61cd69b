import { createHash } from 'node:crypto';
import type { Embedder, VectorCache } from '@precedent/ports';

export interface CachedEmbedder extends Embedder {
  /** Texts since the start: those whose vector was cached or already being computed, and those that were embedded. */
  counts(): { readonly known: number; readonly embedded: number };
}

export interface CacheOptions {
  /** Called when the cache fails. The texts are then embedded as if the cache were empty. */
  readonly onCacheFailure?: (error: unknown) => void;
}

/**
 * Embeds each distinct text once, also when it comes in concurrent calls; across restarts too if the cache is durable. Keys contain the
 * model's name, so one cache can serve several models. A failing cache costs time only. `close` closes the embedder and the cache.
 */
export const cachedEmbedder = (
  embedder: Embedder,
  cache: VectorCache,
  { onCacheFailure }: CacheOptions = {},
): CachedEmbedder => {
  const underWay = new Map<string, Promise<Float32Array>>();
  let [known, embedded] = [0, 0];
  const reportFailure = (error: unknown): void => onCacheFailure?.(error);

  const read = (keys: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> =>
    cache.read(keys).catch((error: unknown) => {
      reportFailure(error);
      return new Map<string, Float32Array>();
    });

  /** Starts to embed the texts that no earlier call is embedding. */
  const startEmbedding = (texts: ReadonlyMap<string, string>): void => {
    const unclaimed = [...texts].filter(([key]) => !underWay.has(key));
    if (unclaimed.length === 0) return;
    embedded += unclaimed.length;
    const embedding = embedder.embed(unclaimed.map(([, text]) => text));
    for (const [i, [key]] of unclaimed.entries())
      underWay.set(
        key,
        embedding.then((vectors) => present(vectors[i])),
      );
    const forget = (): void => unclaimed.forEach(([key]) => underWay.delete(key));
    embedding
      .then((vectors) =>
        cache.write(new Map(unclaimed.map(([key], i) => [key, present(vectors[i])]))).catch(reportFailure),
      )
      .then(forget, forget);
  };

  const embed = async (texts: readonly string[]): Promise<readonly Float32Array[]> => {
    const keys = texts.map((text) => keyOf(embedder.model.name, text));
    const textOf = new Map(keys.map((key, i) => [key, texts[i] ?? '']));
    const found = await read([...textOf.keys()]);
    const missing = new Map([...textOf].filter(([key]) => !found.has(key)));
    const before = embedded;
    startEmbedding(missing);
    known += texts.length - (embedded - before);
    return Promise.all(keys.map(async (key) => present(found.get(key) ?? (await underWay.get(key)))));
  };
  const close = async (): Promise<void> => {
    await embedder.close();
    await cache.close();
  };
  const { model, commonness } = embedder;
  return {
    model,
    embed,
    close,
    ...(commonness !== undefined && { commonness }),
    counts: () => ({ known, embedded }),
  };
};

const keyOf = (model: string, text: string): string =>
  `${model}:${createHash('sha256').update(text).digest('base64url')}`;

const present = (vector: Float32Array | undefined): Float32Array => {
  if (vector === undefined) throw new Error('an embedder gave fewer vectors than there were texts');
  return vector;
};
