import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { connectNats, natsObjectStore } from '@precedent/nats';
import { startNats } from '@precedent/testkit';
import type { TestNats } from '@precedent/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aWorld } from './world.ts';

let server: TestNats;
let nc: Awaited<ReturnType<typeof connectNats>>;
let buckets = 0;
beforeAll(async () => {
  server = await startNats();
  nc = await connectNats({ url: server.url, name: 'storage' });
});
afterAll(async () => {
  await nc.close();
  await server.stop();
});

/** With objects on a real server. */
const setup = () => aWorld({ objects: natsObjectStore({ nc, bucket: `STORAGE_${++buckets}` }) });

it('storage.put stores a text, bytes and a file, and storage.get returns them', async () => {
  using world = setup();
  world.write({ 'in.bin': Uint8Array.of(0, 255) });
  const text = await world.run('storage.put', {
    name: 'a/text',
    text: 'grün',
    contentType: 'text/plain; charset=utf-8',
  });
  expect(text).toMatchObject({ name: 'a/text', bytes: 5, contentType: 'text/plain; charset=utf-8' });
  await world.run('storage.put', { name: 'a/bytes', base64: 'AP8=' });
  await world.run('storage.put', { name: 'a/file', path: 'in.bin' });
  expect(await world.run('storage.get', { name: 'a/text' })).toMatchObject({ text: 'grün', bytes: 5 });
  for (const name of ['a/bytes', 'a/file'])
    expect(await world.run('storage.get', { name, as: 'base64' })).toMatchObject({ base64: 'AP8=' });
  await expect(world.run('storage.get', { name: 'a/bytes' })).rejects.toMatchObject({
    message: 'payload.as: expected "base64" for a/bytes: it is no UTF-8 text',
  });
});

it('storage.get writes an object into a file atomically, and creates its folder', async () => {
  using world = setup();
  await world.run('storage.put', { name: 'a', text: 'x'.repeat(500_000) });
  await expect(world.run('storage.get', { name: 'a' })).rejects.toMatchObject({ code: 'RESULT_TOO_LARGE' });
  const file = path.join(world.folder, 'out', 'deep', 'a.txt');
  expect(await world.run('storage.get', { name: 'a', path: 'out/deep/a.txt' })).toMatchObject({ path: file });
  expect(readFileSync(file, 'utf8')).toHaveLength(500_000);
  expect(readdirSync(path.dirname(file))).toEqual(['a.txt']);
  await expect(world.run('storage.get', { name: 'a', path: '../b.txt' })).rejects.toMatchObject({
    code: 'INVALID_TASK',
  });
  expect(existsSync(path.join(world.folder, '..', 'b.txt'))).toBe(false);
});

it('storage copies, lists in pages and removes objects', async () => {
  using world = setup();
  for (const name of ['b/1', 'b/2', 'c'])
    await world.run('storage.put', { name, text: name, contentType: 'a/b' });
  expect(await world.run('storage.copy', { from: 'b/1', to: 'b/3' })).toMatchObject({ contentType: 'a/b' });
  const list = (payload: object) =>
    world.run('storage.list', payload) as Promise<{ objects: { name: string }[]; next?: string }>;
  const first = await list({ prefix: 'b/', limit: 2 });
  expect(first.objects.map(({ name }) => name)).toEqual(['b/1', 'b/2']);
  const second = await list({ prefix: 'b/', limit: 2, after: first.next });
  expect([second.objects.map(({ name }) => name), second.next]).toEqual([['b/3'], undefined]);
  expect(await world.run('storage.delete', { name: 'b/1' })).toEqual({ removed: true });
  expect(await world.run('storage.delete', { name: 'b/1' })).toEqual({ removed: false });
});

it('storage keeps namespaces apart', async () => {
  using world = setup();
  await world.run('storage.put', { name: 'a', text: 'one' }, { namespace: 'one' });
  await expect(world.run('storage.get', { name: 'a' }, { namespace: 'on' })).rejects.toMatchObject({
    message: 'payload.name: there is no object a',
  });
  expect(await world.run('storage.list', {}, { namespace: 'two' })).toEqual({ objects: [] });
  expect(await world.run('storage.delete', { name: 'a' }, { namespace: 'two' })).toEqual({ removed: false });
  expect(await world.run('storage.get', { name: 'a' }, { namespace: 'one' })).toMatchObject({ text: 'one' });
});

it('storage.put does not replace an object that must be new', async () => {
  using world = setup();
  await world.run('storage.put', { name: 'a', text: 'one', onlyNew: true });
  await expect(world.run('storage.put', { name: 'a', text: 'two', onlyNew: true })).rejects.toMatchObject({
    message: 'payload.name: expected a new name; there is an object a',
  });
});

it.each([
  ['storage.put', { name: '../a', text: '' }, 'no part begins with "."'],
  ['storage.put', { name: 'a//b', text: '' }, 'payload.name'],
  ['storage.put', { name: '.parts/x', text: '' }, 'payload.name'],
  ['storage.put', { name: 'a' }, 'expected one of text, base64 and path'],
  ['storage.put', { name: 'a', text: 'a', base64: '' }, 'expected one of text, base64 and path'],
  ['storage.put', { name: 'a', base64: 'not base64!' }, 'payload.base64'],
  ['storage.put', { name: 'a', path: '/etc/hostname' }, 'outside the folders'],
  ['storage.put', { name: 'a', path: 'none' }, 'none is missing'],
  ['storage.get', { name: 'a', as: 'hex' }, 'payload.as'],
  ['storage.copy', { from: 'none', to: 'a' }, 'there is no object none'],
  ['storage.list', { limit: 1_001 }, '<=1000, got 1001'],
] as const)('%s refuses %j', async (type, payload, text) => {
  using world = setup();
  await expect(world.run(type, payload)).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining(text),
  });
});
