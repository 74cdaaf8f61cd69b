import { memoryVectorIndex } from '@precedent/memory';
import type { Embedder, Point, VectorIndex } from '@precedent/ports';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { expect, it } from 'vitest';
import { startQdrant } from '../e2e/qdrant.ts';
import { aWorld, runPreempted, wordEmbedder } from './world.ts';
import type { World } from './world.ts';

const [FROM, TO] = ['interactions-letters', 'interactions-words'];
const PAYLOAD = { from: FROM, to: TO, model: 'words', batch: 8 };
const POINTS = 40;
/** How points without a vector are marked in the index. */
const UNEMBEDDED = { bare: true } as const;
const UNEMBEDDED_FIELD = { bare: 'bool' } as const;

const idOf = (n: number): string => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;

const aPoint = (n: number, dimensions: number, more: object = {}): Point => ({
  id: idOf(n),
  vector: Float32Array.from({ length: dimensions }, (_, i) => (i === 0 ? 1 : 0)),
  payload: { namespace: n % 2 === 0 ? 'one' : 'two', at: n, text: `text word${n}`, ...more },
});

/** 40 points of two namespaces in the old collection, and a new one that is empty. */
const reembedding = async (): Promise<World> => {
  const world = aWorld({ vectors: memoryVectorIndex() });
  await world.vectors.ensure({ name: FROM, dimensions: 4, indexed: UNEMBEDDED_FIELD });
  await world.vectors.ensure({ name: TO, dimensions: 64, indexed: UNEMBEDDED_FIELD });
  await world.vectors.upsert(
    FROM,
    Array.from({ length: POINTS }, (_, n) => aPoint(n, 4)),
  );
  return world;
};

const payloadsIn = async (vectors: VectorIndex, collection: string) =>
  (await vectors.walk(collection, {}, { limit: 1_000 })).points;

it('vectors.reembed copies every point of every namespace under its id, with a vector of the new model', async () => {
  using world = await reembedding();
  expect(await world.run('vectors.reembed', PAYLOAD)).toEqual({ points: POINTS });
  expect(await payloadsIn(world.vectors, TO)).toEqual(await payloadsIn(world.vectors, FROM));
  const [vector = new Float32Array()] = await world.embedder.embed(['text word7']);
  const hits = await world.vectors.query(TO, { filter: { namespace: 'two' }, vector, limit: POINTS });
  expect(hits.find(({ id }) => id === idOf(7))?.score).toBeCloseTo(1);
});

it('vectors.reembed embeds every point once when it is preempted between pages', async () => {
  using world = await reembedding();
  const { result, yields } = await runPreempted(
    world,
    { type: 'vectors.reembed', payload: PAYLOAD },
    [1, 1, 2],
  );
  expect([result, yields]).toEqual([{ points: POINTS }, 3]);
  expect(world.embedder.texts).toHaveLength(POINTS);
  expect(await world.vectors.size(TO, {})).toBe(POINTS);
});

it('vectors.reembed keeps points that were written meanwhile, and replaces those without a vector', async () => {
  using world = await reembedding();
  await world.vectors.upsert(TO, [
    aPoint(3, 64, { text: 'newer' }),
    aPoint(4, 64, { text: 'older', ...UNEMBEDDED }),
  ]);
  await world.run('vectors.reembed', PAYLOAD);
  const texts = (await payloadsIn(world.vectors, TO)).map(({ payload }) => payload.text);
  expect(texts.slice(2, 6)).toEqual(['text word2', 'newer', 'text word4', 'text word5']);
  expect(await world.vectors.size(TO, UNEMBEDDED)).toBe(0);
});

it('vectors.reembed embeds in place only points without a vector, and continues from a checkpoint', async () => {
  using world = await reembedding();
  const points = Array.from({ length: 30 }, (_, n) => aPoint(n, 64, n % 3 === 0 ? UNEMBEDDED : {}));
  await world.vectors.upsert(TO, points);
  const payload = { ...PAYLOAD, from: TO, batch: 4 };
  const { result } = await runPreempted(world, { type: 'vectors.reembed', payload }, [1, 1]);
  expect(result).toEqual({ points: 10 });
  expect(world.embedder.texts).toHaveLength(10);
  expect(await world.vectors.size(TO, UNEMBEDDED)).toBe(0);
});

it('vectors.reembed does not restore points that are removed while it embeds in place, and loses no other', async () => {
  await using qdrant = await startQdrant();
  const vectors = qdrantVectorIndex({ url: qdrant.url });
  const words = wordEmbedder();
  const gone = { namespace: 'one', ranges: { at: { from: 2, to: 9 } } };
  const embedder: Embedder = {
    ...words,
    embed: async (texts) => {
      if (words.texts.length === 0) await vectors.remove(TO, gone);
      return words.embed(texts);
    },
  };
  using world = aWorld({ vectors, embedder });
  await vectors.ensure({ name: TO, dimensions: 64, indexed: UNEMBEDDED_FIELD });
  const points = Array.from({ length: 12 }, (_, n) => aPoint(n, 64, n < 10 ? UNEMBEDDED : {}));
  await vectors.upsert(TO, points);
  await world.run('vectors.reembed', { ...PAYLOAD, from: TO });
  const left = (await payloadsIn(vectors, TO)).map(({ payload }) => payload);
  expect(left.map(({ at }) => at)).toEqual([0, 1, 3, 5, 7, 9, 10, 11]);
  expect(left.every((payload) => !('bare' in payload))).toBe(true);
  const [vector = new Float32Array()] = await words.embed(['text word7']);
  const hits = await vectors.query(TO, { filter: { namespace: 'two' }, vector, limit: POINTS });
  expect(hits.find(({ id }) => id === idOf(7))?.score).toBeCloseTo(1);
}, 60_000);

it('vectors.reembed is refused for a model that the worker does not have, for a collection of another model, and for a collection of a user', async () => {
  using world = await reembedding();
  const refused = [
    [{ model: 'letters' }, 'payload.model', 'expected words, which is the model of this worker; got letters'],
    [{ to: FROM }, 'payload.to', `expected a collection of words; got ${FROM}`],
    [{ from: 'user_docs' }, 'payload.from', ''],
  ] as const;
  for (const [more, field, message] of refused)
    await expect(world.run('vectors.reembed', { ...PAYLOAD, ...more })).rejects.toMatchObject({
      code: 'INVALID_TASK',
      message: expect.stringContaining(`${field}: ${message}`) as string,
    });
  expect(await world.vectors.size(TO, {})).toBe(0);
});
