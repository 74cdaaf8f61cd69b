import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryBytesOf, onDiskWithin } from './qdrant-memory.ts';
import type { CollectionSize } from './qdrant-memory.ts';

const aSize = (name: string, points: number, isOnDisk = false): CollectionSize => ({
  name,
  points,
  dimensions: 384,
  isOnDisk,
});
const ONE = memoryBytesOf(aSize('one', 1), false);

const sizes = fc
  .array(fc.tuple(fc.nat(1_000), fc.boolean()), { maxLength: 8 })
  .map((list) => list.map(([points, isOnDisk], n) => aSize(`c${n}`, points, isOnDisk)));
const bounds = fc.nat(3_000).map((points) => points * ONE);

const after = (before: readonly CollectionSize[], bound: number): readonly CollectionSize[] => {
  const onDisk = onDiskWithin(before, bound);
  return before.map((size) => ({ ...size, isOnDisk: onDisk.has(size.name) }));
};
const held = (list: readonly CollectionSize[]): number =>
  list.reduce((sum, size) => sum + memoryBytesOf(size, size.isOnDisk), 0);

describe('the collections on the disk', () => {
  it('leave no more in memory than the bound, unless all are there', () => {
    fc.assert(
      fc.property(sizes, bounds, (before, bound) => {
        const placed = after(before, bound);
        expect(held(placed) <= bound || placed.every(({ isOnDisk }) => isOnDisk)).toBe(true);
      }),
    );
  });

  it('are the same when they are chosen again', () => {
    fc.assert(
      fc.property(sizes, bounds, (before, bound) => {
        const once = after(before, bound);
        expect(after(once, bound)).toEqual(once);
      }),
    );
  });

  it('are none while all fit, unless they are there and would come close to the bound', () => {
    expect(onDiskWithin([aSize('a', 60), aSize('b', 40)], 100 * ONE)).toEqual(new Set());
    expect(onDiskWithin([aSize('a', 60, true), aSize('b', 40)], 100 * ONE)).toEqual(new Set(['a']));
    expect(onDiskWithin([aSize('a', 60, true), aSize('b', 10)], 100 * ONE)).toEqual(new Set());
  });

  it('are the largest, so that as few as possible are moved', () => {
    expect(onDiskWithin([aSize('a', 10), aSize('b', 90), aSize('c', 20)], 99 * ONE)).toEqual(new Set(['b']));
    expect(onDiskWithin([aSize('a', 10)], 0)).toEqual(new Set(['a']));
  });
});
