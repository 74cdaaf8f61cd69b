import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { AppError } from '@precedent/kernel';
import { connectNats, natsObjectStore } from '@precedent/nats';
import type { Upkeep } from '@precedent/ports';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { startNats } from '@precedent/testkit';
import { expect, it } from 'vitest';
import { startQdrant } from '../e2e/qdrant.ts';
import { aWorld, NOW, runPreempted } from './world.ts';
import type { World } from './world.ts';

/** Stores whose parts are small files, and the calls that they received. */
const stores = (more: Partial<Upkeep> = {}) => {
  const calls: string[] = [];
  const store = (name: string, parts: readonly string[]): Upkeep => ({
    name,
    parts: async () => parts,
    save: async (part, folder) => {
      calls.push(`save ${name}/${part}`);
      writeFileSync(path.join(folder, 'a'), `${name} ${part}`);
      return { seq: 7 };
    },
    optimise: async (part) => {
      calls.push(`optimise ${name}/${part}`);
      return { ok: true };
    },
    ...more,
  });
  return { calls, upkeep: [store('one', ['x', 'y']), store('two', ['z'])] };
};

const type = 'system.maintenance' as const;
const backupsIn = ({ folder }: World): string[] => readdirSync(path.join(folder, 'backups')).toSorted();

it('a backup that is preempted between two parts continues with the next part, and has the time of its start', async () => {
  const { calls, upkeep } = stores();
  using world = aWorld({ upkeep });
  const { result, yields } = await runPreempted(world, { type, payload: { operation: 'backup' } }, [1, 1]);
  expect(yields).toBe(2);
  const folder = path.join(world.folder, 'backups', 'backup-2026-11-20T00-00-00.000Z');
  expect(result).toEqual({ folder, bytes: 15, files: 3, parts: 3, removed: 0 });
  expect(calls).toEqual(['save one/x', 'save one/y', 'save two/z']);
  expect(backupsIn(world)).toEqual([path.basename(folder)]);
  expect(statSync(folder).mode & 0o077).toBe(0);
  const { parts } = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as {
    parts: object[];
  };
  expect(parts[0]).toEqual({
    place: 'one/x',
    facts: { seq: 7 },
    files: [
      {
        path: 'one/x/a',
        bytes: 5,
        sha256: createHash('sha256').update('one x').digest('hex'),
      },
    ],
  });
});

it('a backup starts in a new folder when another worker had begun it', async () => {
  const { calls, upkeep } = stores();
  using world = aWorld({ upkeep });
  using other = aWorld({ upkeep });
  const first = world.start(type, { operation: 'backup' }, { onStep: (one) => one.requestYield() });
  await expect(first.run()).rejects.toMatchObject({ name: 'YieldSignal' });
  const resume = { state: first.checkpoints.at(-1), version: '1', segment: 1 };
  expect(await other.run(type, { operation: 'backup' }, { resume })).toMatchObject({ parts: 3 });
  expect(calls.filter((call) => call === 'save one/x')).toHaveLength(2);
});

it('in a restored cell, the task that made the backup makes no other one, once', async () => {
  const { upkeep } = stores();
  using world = aWorld({ upkeep });
  const home = path.join(world.folder, 'backups');
  mkdirSync(home);
  const parts = [{ place: 'one/x', facts: {}, files: [{ path: 'one/x/a', bytes: 5, sha256: '' }] }];
  const restoredFrom = (id: string, epoch: number): void =>
    writeFileSync(
      path.join(home, 'restored.json'),
      JSON.stringify({ folder: '/there', manifest: { task: { id, epoch }, parts } }),
    );
  const restored = { folder: '/there', bytes: 5, files: 1, parts: 1, removed: 0 };
  restoredFrom('task-1', 0);
  expect(await world.run(type, { operation: 'backup' })).toEqual(restored);
  expect(backupsIn(world)).toEqual([]);
  // Another task, and another one under the same id: its first run is none that was cut off.
  for (const [id, epoch] of [
    ['task-2', 0],
    ['task-1', 1],
  ] as const) {
    restoredFrom(id, epoch);
    expect(await world.run(type, { operation: 'backup' })).toMatchObject({ parts: 3 });
    await world.clock.advanceTo(world.clock.now() + 1_000);
  }
  writeFileSync(path.join(home, 'restored.json'), '{');
  expect(await world.run(type, { operation: 'backup' })).toMatchObject({ parts: 3 });
});

it('a backup that fails or is stopped leaves no files', async () => {
  const gone = new AppError('HISTORY_UNAVAILABLE', 'the history is not there');
  const { upkeep } = stores();
  const [one, two] = upkeep;
  using world = aWorld({ upkeep: [one, { ...two, save: () => Promise.reject(gone) }] as Upkeep[] });
  await expect(world.run(type, { operation: 'backup' })).rejects.toBe(gone);
  expect(backupsIn(world)).toEqual([]);
  const attempt = world.start(type, { operation: 'backup' }, { onStep: (it) => it.stop() });
  await expect(attempt.run()).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(backupsIn(world)).toEqual([]);
});

it('a backup keeps the configured number of older ones, removes no other files, and writes only into allowed folders', async () => {
  const { upkeep } = stores();
  using world = aWorld({ upkeep });
  const home = path.join(world.folder, 'mine');
  const left = path.join(home, '.backup-old');
  mkdirSync(path.join(home, 'backup-0'), { recursive: true });
  mkdirSync(left);
  utimesSync(left, NOW / 1_000 - 90_000, NOW / 1_000 - 90_000);
  for (let day = 0; day < 4; day++) {
    await world.clock.advanceTo(NOW + day * 86_400_000);
    await world.run(type, { operation: 'backup', folder: 'mine', keep: 2 });
  }
  expect(readdirSync(home).toSorted()).toEqual([
    'backup-0',
    'backup-2026-11-22T00-00-00.000Z',
    'backup-2026-11-23T00-00-00.000Z',
  ]);
  expect(existsSync(left)).toBe(false);
  await expect(world.run(type, { operation: 'backup', folder: '/etc' })).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining('outside the folders') as string,
  });
  await expect(world.run(type, { operation: 'backup', keep: 0 })).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining('payload.keep') as string,
  });
});

it('optimise works part by part, and skips parts that it has finished', async () => {
  const { calls, upkeep } = stores();
  using world = aWorld({ upkeep });
  const { result } = await runPreempted(world, { type, payload: { operation: 'optimise' } }, [1, 1]);
  const ok = { ok: true };
  expect(result).toEqual({ optimised: { 'one/x': ok, 'one/y': ok, 'two/z': ok } });
  expect(calls).toEqual(['optimise one/x', 'optimise one/y', 'optimise two/z']);
});

it('retention deletes from a real index and a real store, as the remaining counts show', async () => {
  await using qdrant = await startQdrant();
  const server = await startNats();
  const nc = await connectNats({ url: server.url, name: 'retention' });
  try {
    const vectors = qdrantVectorIndex({ url: qdrant.url });
    const objects = natsObjectStore({ nc, bucket: 'RETENTION' });
    using world = aWorld({ vectors, objects });
    const upsert = (keys: readonly string[], namespace = 'default') =>
      world.run(
        'vectors.update',
        { operation: 'upsert', collection: 'c', points: keys.map((key) => ({ key, text: key })) },
        { namespace },
      );
    await upsert(['old-1', 'old-2']);
    await upsert(['old-1'], 'other');
    for (const name of ['a', 'b']) await world.run('storage.put', { name, text: 'old' });
    // Objects are dated by the server, points by the worker.
    const later = Date.now() + 3_600_000;
    await world.clock.advanceTo(later);
    await upsert(['new']);
    const count = (namespace: string) => vectors.count('user_c', { namespace });
    expect([await count('default'), await count('other')]).toEqual([3, 1]);
    const payload = { operation: 'retention', olderThan: '30m', collections: ['c'] };
    expect(await world.run(type, payload)).toEqual({ removed: { objects: 2, points: 2 }, dryRun: false });
    expect([await count('default'), await count('other')]).toEqual([1, 1]);
    expect(await objects.list('')).toEqual([]);
    expect(await world.run(type, payload)).toMatchObject({ removed: { objects: 0, points: 0 } });
  } finally {
    await nc.close();
    await server.stop();
  }
});
