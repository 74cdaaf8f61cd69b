import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sqliteVectorCache } from './vector-cache.ts';

const aFile = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-vectors-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'sub', 'vectors.db');
};

const setup = (file = aFile(), max?: number) => {
  const cache = sqliteVectorCache({ file, ...(max !== undefined && { max }) });
  onTestFinished(() => cache.close());
  return { cache, file };
};

const some = (from: number, to: number): Map<string, Float32Array> =>
  new Map(Array.from({ length: to - from }, (_, i) => [`key ${from + i}`, Float32Array.of(from + i, 0.5)]));
const keys = (from: number, to: number): string[] => [...some(from, to).keys()];

describe('sqliteVectorCache', () => {
  it('reads the vectors that it has, many at a time, and leaves out the others', async () => {
    const { cache } = setup();
    const vectors = some(0, 1_203);
    await cache.write(vectors);
    expect(await cache.read(keys(0, 1_203))).toEqual(vectors);
    expect(await cache.read(['key 7', 'never', 'key 7'])).toEqual(some(7, 8));
    expect((await cache.read([])).size).toBe(0);
    await cache.write(new Map());
  });

  it('has its vectors after a restart', async () => {
    const { cache, file } = setup();
    await cache.write(some(0, 3));
    await cache.close();
    await cache.close();
    expect(await setup(file).cache.read(keys(0, 3))).toEqual(some(0, 3));
  });

  it('replaces a vector by its key', async () => {
    const { cache } = setup();
    await cache.write(some(0, 1));
    await cache.write(new Map([['key 0', Float32Array.of(9)]]));
    expect(await cache.read(['key 0'])).toEqual(new Map([['key 0', Float32Array.of(9)]]));
  });

  it('stores a vector that is a part of a larger buffer', async () => {
    const { cache } = setup();
    await cache.write(new Map([['part', Float32Array.of(1, 2, 3, 4).subarray(1, 3)]]));
    expect((await cache.read(['part'])).get('part')).toEqual(Float32Array.of(2, 3));
  });

  it('removes the oldest vectors beyond its limit, also after a restart, and counts none twice', async () => {
    const { cache, file } = setup(undefined, 100);
    await cache.write(some(0, 100));
    await cache.write(some(0, 100));
    expect((await cache.read(keys(0, 100))).size).toBe(100);
    await cache.close();
    const again = setup(file, 100).cache;
    await again.write(some(100, 101));
    const left = await again.read(keys(0, 101));
    expect(left.size).toBe(95);
    expect([left.has('key 5'), left.has('key 6'), left.has('key 100')]).toEqual([false, true, true]);
  });

  it('replaces a file that is no cache by an empty cache', async () => {
    const { cache, file } = setup();
    await cache.write(some(0, 1));
    await cache.close();
    writeFileSync(file, 'this is no database, and long enough to be taken for one'.repeat(100));
    const again = setup(file).cache;
    expect((await again.read(['key 0'])).size).toBe(0);
    await again.write(some(0, 1));
    expect((await again.read(['key 0'])).size).toBe(1);
    await again.close();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect((await setup(file).cache.read(['key 0'])).size).toBe(0);
  });

  it('can be opened twice at the same time', async () => {
    const { cache, file } = setup();
    const other = setup(file).cache;
    await cache.write(some(0, 1));
    await other.write(some(1, 2));
    expect((await cache.read(keys(0, 2))).size).toBe(2);
  });
});
