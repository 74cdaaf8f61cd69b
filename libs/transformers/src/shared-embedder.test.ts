import { describe, expect, it } from 'vitest';
import { startSharedEmbedder } from './shared-embedder.ts';
import type { ThreadEmbedder } from './thread-embedder.ts';

const texts = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));
const numbers = (vectors: readonly Float32Array[]): number[] => vectors.map(([value = -1]) => value);

/** Models whose vectors are the number that a text says; the second and later ones start when `help` is called. */
const crew = async (modelsMax: number, startsLater = true) => {
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
    const face = { model: { name: 'm', dimensions: 1 }, embed, close: async () => void closed.push(own) };
    return { ...face, queries: face };
  };
  const embedder = await startSharedEmbedder({ modelsMax, startOne });
  const help = async (): Promise<void> => {
    gate.resolve();
    await new Promise((resolve) => void setImmediate(resolve));
  };
  return { embedder, done, closed, help, started: () => started };
};

describe('an embedder that takes help', () => {
  it('starts the others for a large call only, does not wait for them, and shares the next large one', async () => {
    const { embedder, done, help, started } = await crew(3);
    expect(numbers(await embedder.embed(texts(31)))).toHaveLength(31);
    expect(started()).toBe(1);
    expect(numbers(await embedder.embed(texts(100)))).toEqual(texts(100).map(Number));
    expect(done).toEqual([131]);
    await help();
    expect(numbers(await embedder.embed(texts(100)))).toEqual(texts(100).map(Number));
    expect(done).toEqual([165, 34, 32]);
    await embedder.queries.embed(texts(50));
    expect(done).toEqual([215, 34, 32]);
  });

  it('goes on alone when nobody can help, or is to', async () => {
    const lonely = await crew(3, false);
    await lonely.embedder.embed(texts(100));
    await lonely.help();
    expect(numbers(await lonely.embedder.embed(texts(100)))).toEqual(texts(100).map(Number));
    expect([lonely.done, lonely.started()]).toEqual([[200], 2]);
    const single = await crew(1);
    await single.embedder.embed(texts(100));
    expect(single.started()).toBe(1);
  });

  it('closes all of them, also those that are just being started', async () => {
    const { embedder, closed, help } = await crew(2);
    await embedder.embed(texts(100));
    const closing = embedder.close();
    await help();
    await closing;
    expect(closed).toEqual([0, 1]);
  });
});
