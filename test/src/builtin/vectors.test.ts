import { expect, it } from 'vitest';
import { aWorld, pointsIn, runPreempted, wordEmbedder } from './world.ts';
import type { World } from './world.ts';

const points = (count: number): { key: string; text: string }[] =>
  Array.from({ length: count }, (_, i) => ({
    key: `k${String(i).padStart(3, '0')}`,
    text: `text ${i} word${i}`,
  }));

const upsert = (world: World, some: readonly object[], more: object = {}): Promise<unknown> =>
  world.run('vectors.update', { operation: 'upsert', collection: 'c', points: some, ...more });

it('vectors.update upserts points, and the same key replaces one', async () => {
  using world = aWorld();
  expect(await upsert(world, [{ key: 'a', text: 'one', fields: { tag: 'x', at: 5 } }])).toEqual({
    points: 1,
  });
  await upsert(world, [
    { key: 'a', text: 'two', fields: { tag: 'y' } },
    { key: 'b', text: 'three' },
  ]);
  expect(await pointsIn(world, 'c')).toMatchObject([
    { key: 'a', text: 'two', tag: 'y', namespace: 'default' },
    { key: 'b', text: 'three' },
  ]);
});

it('vectors.update accepts a field named constructor, and refuses one named __proto__', async () => {
  using world = aWorld();
  const fields = (json: string): object => ({ key: 'a', text: 'one', fields: JSON.parse(json) as object });
  await upsert(world, [fields('{"constructor":"mine","valueOf":1}')]);
  expect(await pointsIn(world, 'c')).toMatchObject([{ key: 'a', constructor: 'mine', valueOf: 1 }]);
  await expect(upsert(world, [fields('{"__proto__":"mine"}')])).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: 'payload.points.0.fields.__proto__: a field cannot have this name',
  });
});

it('vectors.update accepts vectors of the length of the collection only', async () => {
  using world = aWorld();
  const vector = Array.from({ length: 64 }, (_, i) => (i === 3 ? 1 : 0));
  await upsert(world, [{ key: 'a', text: 'mine', vector }]);
  expect(world.embedder.texts).toEqual([]);
  const query = { filter: { namespace: 'default' }, vector: Float32Array.from(vector), limit: 1 };
  expect((await world.vectors.query('user_c', query))[0]?.score).toBeCloseTo(1);
  await expect(upsert(world, [{ key: 'a', text: 'x', vector: [1, 2] }])).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
});

it('vectors.update stores every point once when it is preempted between batches', async () => {
  using world = aWorld();
  const payload = { operation: 'upsert', collection: 'c', points: points(40), batch: 8 };
  const { result, yields } = await runPreempted(world, { type: 'vectors.update', payload }, [1, 1, 2]);
  expect([result, yields]).toEqual([{ points: 40 }, 3]);
  expect(world.embedder.texts).toHaveLength(40);
  expect(await pointsIn(world, 'c')).toHaveLength(40);
});

it('vectors.update removes points by key and by filter, only of its own namespace', async () => {
  using world = aWorld();
  const some = points(6).map((point, i) => ({ ...point, fields: { odd: i % 2 === 1, size: i } }));
  await upsert(world, some);
  await world.run(
    'vectors.update',
    { operation: 'upsert', collection: 'c', points: some },
    { namespace: 'other' },
  );
  const remove = (more: object) =>
    world.run('vectors.update', { operation: 'delete', collection: 'c', ...more });
  expect(await remove({ keys: ['k000', 'k001', 'none'] })).toEqual({ removed: 2 });
  expect(await remove({ filter: { fields: { odd: true }, ranges: { size: { from: 4 } } } })).toEqual({
    removed: 1,
  });
  expect((await pointsIn(world, 'c')).map(({ key }) => key)).toEqual(['k002', 'k003', 'k004']);
  expect(await remove({})).toEqual({ removed: 3 });
  expect(await pointsIn(world, 'c', 'other')).toHaveLength(6);
  await upsert(world, some);
  const all = { operation: 'delete', collection: 'c' };
  expect(await world.run('vectors.update', all, { namespace: 'other' })).toEqual({ removed: 6 });
  expect(await pointsIn(world, 'c')).toHaveLength(6);
});

it('vectors.update re-embeds points into another collection, across preemptions', async () => {
  using world = aWorld();
  await upsert(world, points(30));
  world.embedder.texts.length = 0;
  const payload = { operation: 're-embed', collection: 'c', into: 'd', batch: 7 };
  const { result, yields } = await runPreempted(world, { type: 'vectors.update', payload }, [1, 1, 1]);
  expect([result, yields]).toEqual([{ points: 30 }, 3]);
  expect(world.embedder.texts).toHaveLength(30);
  // The same keys go on to name the same points there.
  await world.run('vectors.update', { operation: 'upsert', collection: 'd', points: points(30) });
  expect(await pointsIn(world, 'd')).toHaveLength(30);
});

it('vectors.update cannot address a collection of the engine, nor another namespace', async () => {
  using world = aWorld();
  await upsert(world, points(1), { collection: 'task-interactions' });
  expect(await world.vectors.collections()).toEqual(['user_task-interactions']);
  await expect(
    upsert(world, [{ key: 'a', text: 'x', fields: { namespace: 'other' } }]),
  ).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining('the namespace is that of the task'),
  });
  const filter = { fields: { namespace: 'other' } };
  await expect(
    world.run('vectors.update', { operation: 'delete', collection: 'c', filter }),
  ).rejects.toMatchObject({ code: 'INVALID_TASK' });
});

it.each([
  [{ operation: 'upser' }, 'did you mean "upsert"?'],
  [{ operation: 'upsert', collection: 'c', points: [] }, 'payload.points'],
  [{ operation: 'upsert', collection: 'c', points: points(1_001) }, '<=1000'],
  [{ operation: 're-embed', collection: 'c', batch: 257 }, '<=256, got 257'],
])('vectors.update refuses %j', async (payload, text) => {
  using world = aWorld();
  await expect(world.run('vectors.update', payload)).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining(text),
  });
});

it('vectors.update reports when the model and the collection do not match', async () => {
  using world = aWorld();
  await upsert(world, points(1));
  const other = { ...wordEmbedder('other'), model: { name: 'other', dimensions: 32 } };
  using second = aWorld({ vectors: world.vectors, embedder: other });
  await expect(upsert(second, points(1))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});
