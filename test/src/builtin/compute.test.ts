import { expect, it } from 'vitest';
import { aWorld, runPreempted } from './world.ts';

const compute = async (payload: object): Promise<unknown> => {
  using world = aWorld();
  return await world.run('vector.compute', payload);
};

const cloud = (count: number, at: readonly number[]): number[][] =>
  Array.from({ length: count }, (_, i) => at.map((value, axis) => value + Math.sin(i * 7 + axis) / 4));

const CLOUDS = [...cloud(20, [0, 0]), ...cloud(20, [10, 0]), ...cloud(20, [0, 10])];

it('vector.compute compares all pairs', async () => {
  expect(
    await compute({
      operation: 'similarity',
      vectors: [
        [1, 0],
        [0, 2],
        [3, 4],
      ],
    }),
  ).toEqual({
    pairs: [
      { a: 0, b: 1, score: 0 },
      { a: 0, b: 2, score: 0.6 },
      { a: 1, b: 2, score: 0.8 },
    ],
  });
  await expect(compute({ operation: 'similarity', vectors: cloud(101, [1]) })).rejects.toMatchObject({
    message: 'payload.vectors: expected at most 100 vectors to pair; got 101',
  });
});

it('vector.compute finds the nearest vectors, and the centroid', async () => {
  const vectors = [
    [1, 0],
    [0, 1],
    [1, 1],
  ];
  expect(await compute({ operation: 'nearest', vectors, query: [1, 0.1], limit: 2 })).toEqual({
    nearest: [
      { index: 0, score: 0.995037 },
      { index: 2, score: 0.773957 },
    ],
  });
  expect(await compute({ operation: 'centroid', vectors })).toEqual({ centroid: [0.666667, 0.666667] });
});

it('vector.compute accepts texts, and an object of the namespace', async () => {
  using world = aWorld();
  const texts = ['disk full', 'login failed', 'disk empty'];
  const nearest = await world.run('vector.compute', {
    operation: 'nearest',
    texts,
    query: 'full disk',
    limit: 1,
  });
  expect(nearest).toEqual({ nearest: [{ index: 0, score: 1 }] });
  await world.run('storage.put', { name: 'v.json', text: '[[2, 4], [4, 8]]' });
  expect(await world.run('vector.compute', { operation: 'centroid', object: 'v.json' })).toEqual({
    centroid: [3, 6],
  });
  await world.run('storage.put', { name: 'v.json', text: '[[1], "x"]' });
  await expect(
    world.run('vector.compute', { operation: 'centroid', object: 'v.json' }),
  ).rejects.toMatchObject({
    message: 'payload.object: expected a JSON list of vectors with at most 4000000 numbers; v.json is none',
  });
});

it('vector.compute finds clusters, the same ones for the same seed', async () => {
  const payload = { operation: 'k-means', vectors: CLOUDS, clusters: 3, seed: 7 };
  const result = (await compute(payload)) as { assignment: number[]; clusters: { size: number }[] };
  expect(result).toMatchObject({ converged: true });
  expect(result.clusters.map(({ size }) => size)).toEqual([20, 20, 20]);
  for (const from of [0, 20, 40]) expect(new Set(result.assignment.slice(from, from + 20)).size).toBe(1);
  expect(await compute(payload)).toEqual(result);
});

it('vector.compute returns no more clusters than there are different vectors', async () => {
  const result = await compute({ operation: 'k-means', vectors: [[1], [2]], clusters: 5 });
  expect(result).toMatchObject({ clusters: [{ size: 1 }, { size: 1 }], inertia: 0 });
});

it('vector.compute returns the same clusters when it is preempted between two rounds', async () => {
  const vectors = Array.from({ length: 120 }, (_, i) => [Math.sin(i * 3.7) * 9, Math.cos(i * 1.3) * 9]);
  const payload = { operation: 'k-means', vectors, clusters: 8, seed: 3 };
  using world = aWorld();
  const whole = (await world.run('vector.compute', payload)) as { iterations: number };
  expect(whole.iterations).toBeGreaterThan(4);
  const { result, yields } = await runPreempted(world, { type: 'vector.compute', payload }, [1, 1, 1]);
  expect([result, yields]).toEqual([whole, 3]);
});

it.each([
  [{ operation: 'centroid' }, 'got 0 of them'],
  [{ operation: 'centroid', vectors: [[1]], texts: ['a'] }, 'got 2 of them'],
  [{ operation: 'centroid', vectors: [[1, 2], [1]] }, 'payload.vectors.1: expected 2 numbers'],
  [{ operation: 'nearest', vectors: [[1, 2]], query: [1] }, 'payload.query: expected 2 numbers'],
  [{ operation: 'k-means', vectors: [[1]], clusters: 257 }, '<=256, got 257'],
  [{ operation: 'centroid', object: 'none' }, 'there is no object none'],
  [
    {
      operation: 'similarity',
      vectors: [
        [1, 2],
        [3, 1e300],
      ],
    },
    'payload.vectors.1.1: expected a number of 32 bits',
  ],
  [
    { operation: 'nearest', vectors: [[1]], query: [-1e39] },
    'payload.query.0.0: expected a number of 32 bits',
  ],
  [{ operation: 'kmeans' }, 'did you mean "k-means"?'],
])('vector.compute refuses %j', async (payload, text) => {
  await expect(compute(payload)).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining(text),
  });
});

it('vector.compute returns only finite numbers, also for the largest and the smallest inputs', async () => {
  const vectors = [
    [3.4e38, 3.4e38],
    [-3.4e38, 3.4e38],
    [1e-40, 0],
    [0, 0],
    [3.4e38, 0],
  ];
  const calls = [
    { operation: 'similarity', vectors },
    { operation: 'centroid', vectors },
    { operation: 'nearest', vectors, query: [3.4e38, 1e-45] },
    { operation: 'k-means', vectors, clusters: 3 },
  ];
  for (const call of calls) {
    const text = JSON.stringify(await compute(call));
    expect(text, call.operation).not.toContain('null');
  }
});
