import { describe, expect, it } from 'vitest';
import { startSharedEmbedder } from './shared-embedder.ts';
import type { ThreadEmbedder } from './thread-embedder.ts';

const texts = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));
const numbers = (vectors: readonly Float32Array[]): number[] => vectors.map(([value = -1]) => value);

/** Embedders whose vector is the number that a text holds; the second and later ones start when `startOthers` is called. */
const setup = async (modelsMax: number, startsLater = true) => {
  const done: number[] = [];
  const closed: number[] = [];
  const gate = Promise.withResolvers<void>();
  let started = 0;
  const startOne = async (): Promise<ThreadEmbedder> => {
    const own = started++;
    if (own > 0) await gate.promise;
    if (own > 0 && !startsLater) throw new Error('no memory');
    const embed = (given: readonly string[]): Promise<Float32Array[]> => {
      done[own] = (done[own] ?? 0) + given.length;
      return Promise.resolve(given.map((text) => Float32Array.of(Number(text))));
    };
    const shared = { model: { name: 'm', dimensions: 1 }, embed, close: async () => void closed.push(own) };
    return { ...shared, queries: shared };
  };
  const embedder = await startSharedEmbedder({ modelsMax, startOne });
  const startOthers = async (): Promise<void> => {
    gate.resolve();
    await new Promise((resolve) => void setImmediate(resolve));
  };
  return { embedder, done, closed, startOthers, started: () => started };
};

describe('startSharedEmbedder', () => {
  it('starts more threads at the first large call without waiting for them, and divides the next large call among them', async () => {
    const { embedder, done, startOthers, started } = await setup(3);
    expect(numbers(await embedder.embed(texts(31)))).toHaveLength(31);
    expect(started()).toBe(1);
    expect(numbers(await embedder.embed(texts(100)))).toEqual(texts(100).map(Number));
    expect(done).toEqual([131]);
    await startOthers();
    expect(numbers(await embedder.embed(texts(100)))).toEqual(texts(100).map(Number));
    expect(done).toEqual([165, 34, 32]);
    await embedder.queries.embed(texts(50));
    expect(done).toEqual([215, 34, 32]);
  });

  it('embeds everything in the first thread when no other can be started, or one is the limit', async () => {
    const alone = await setup(3, false);
    await alone.embedder.embed(texts(100));
    await alone.startOthers();
    expect(numbers(await alone.embedder.embed(texts(100)))).toEqual(texts(100).map(Number));
    expect([alone.done, alone.started()]).toEqual([[200], 2]);
    const single = await setup(1);
    await single.embedder.embed(texts(100));
    expect(single.started()).toBe(1);
  });

  it('closes all threads, also those that are still starting', async () => {
    const { embedder, closed, startOthers } = await setup(2);
    await embedder.embed(texts(100));
    const closing = embedder.close();
    await startOthers();
    await closing;
    expect(closed).toEqual([0, 1]);
  });
});
