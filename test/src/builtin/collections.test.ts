import { collectionsOf, searchCollection } from '@precedent/semantic';
import { expect, it } from 'vitest';
import { aWorld, NOW, wordEmbedder } from './world.ts';
import type { World } from './world.ts';

const FILES = {
  'disk.md': '# Disk\n\nThe volume ran out of space.\n\n## Remedy\n\nRemove old snapshots first.',
  'login.md': '# Login\n\nThe account was locked after three wrong passwords.',
};

const filled = async (world: World, namespace = 'default'): Promise<void> => {
  world.write(FILES);
  await world.run('document.process', { folder: '.', collection: 'docs' }, { namespace });
};

const searchDocs = (world: World, query: string, more: object = {}) =>
  searchCollection(
    { index: world.vectors, embedder: world.embedder },
    { namespace: 'default', collection: 'docs', query, now: NOW, ...more },
  );

it('searchCollection finds the chunk of a document, and marks the words of the query in it', async () => {
  using world = aWorld();
  await filled(world);
  const { hits, semantic } = await searchDocs(world, 'old snapshots');
  expect(semantic).toBe(true);
  const [best] = hits;
  expect(best?.payload).toMatchObject({ chunk: 1, heading: 'Disk > Remedy' });
  expect(String(best?.payload['path'])).toMatch(/disk\.md$/);
  const marked = best?.highlights.map(({ start, end }) => best.payload.text.slice(start, end));
  expect(marked).toEqual(['old', 'snapshots']);
  expect((await searchDocs(world, 'snapshots', { limit: 1 })).hits).toHaveLength(1);
});

it('searchCollection searches by words when semantic is false, without a model, and with another model', async () => {
  using world = aWorld();
  await filled(world);
  const context = { index: world.vectors };
  const question = { namespace: 'default', collection: 'docs', query: 'snapshots', now: NOW };
  for (const answer of [
    await searchCollection(context, question),
    await searchCollection({ ...context, embedder: world.embedder }, { ...question, semantic: false }),
    await searchCollection({ ...context, embedder: wordEmbedder('other') }, question),
  ]) {
    expect(answer.semantic).toBe(false);
    expect(answer.hits.map(({ payload }) => payload['chunk'])).toEqual([1]);
  }
});

it('a collection with one vector of a user is searched by words, until it is embedded again', async () => {
  using world = aWorld();
  const vector = [1, ...Array.from({ length: 63 }, () => 0)];
  const upsert = (points: readonly object[]) =>
    world.run('vectors.update', { operation: 'upsert', collection: 'docs', points });
  await upsert([{ key: 'a', text: 'red paint' }]);
  expect((await searchDocs(world, 'paint')).semantic).toBe(true);
  await upsert([{ key: 'b', text: 'blue paint', vector, fields: { embedder: 'words' } }]);
  expect((await searchDocs(world, 'paint')).semantic).toBe(false);
  await world.run('vectors.update', { operation: 're-embed', collection: 'docs' });
  expect((await searchDocs(world, 'paint')).semantic).toBe(true);
});

it('a search never shows another namespace: no documents, names of collections, counts or models', async () => {
  using world = aWorld();
  await filled(world, 'one');
  const points = [{ key: 'a', text: 'The volume of the choir', vector: Array.from({ length: 64 }, () => 1) }];
  const payload = { operation: 'upsert', collection: 'docs', points };
  await world.run('vectors.update', payload, { namespace: 'two' });
  await world.run('vectors.update', { ...payload, collection: 'secret' }, { namespace: 'two' });
  const context = { index: world.vectors, embedder: world.embedder };
  expect(await collectionsOf(context, 'one')).toEqual([{ name: 'docs', points: 3, semantic: true }]);
  expect(await collectionsOf(context, 'two')).toEqual([
    { name: 'docs', points: 1, semantic: false },
    { name: 'secret', points: 1, semantic: false },
  ]);
  for (const semantic of [true, false]) {
    const { hits } = await searchDocs(world, 'volume', { namespace: 'one', semantic });
    expect(new Set(hits.map((hit) => hit.payload.namespace))).toEqual(new Set(['one']));
    expect(hits.length).toBeGreaterThan(0);
  }
  for (const collection of ['secret', 'none'])
    await expect(searchDocs(world, 'volume', { namespace: 'one', collection })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: `namespace one has no collection ${collection}; it has docs`,
    });
  await expect(searchDocs(world, 'volume', { namespace: 'three' })).rejects.toMatchObject({
    message: 'namespace three has no collection docs; it has none',
  });
});
