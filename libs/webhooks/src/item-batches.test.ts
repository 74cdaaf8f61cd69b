import { describe, expect, it } from 'vitest';
import { itemBatches } from './item-batches.ts';

async function* items(count: number): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) yield n;
}

const all = async <T>(batches: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const batch of batches) found.push(batch);
  return found;
};

describe('the items of a stream in batches', () => {
  it('are as many as are there, up to a limit, each of them once and in order', async () => {
    expect(await all(itemBatches(items(7), 3))).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(await all(itemBatches(items(6), 3))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(await all(itemBatches(items(0), 3))).toEqual([]);
  });

  it('do not wait for an item that is not there yet', async () => {
    const later = Promise.withResolvers<number>();
    const stream = (async function* () {
      yield 1;
      yield await later.promise;
    })();
    const batches = itemBatches(stream, 3);
    expect((await batches.next()).value).toEqual([1]);
    later.resolve(2);
    expect((await batches.next()).value).toEqual([2]);
    expect((await batches.next()).done).toBe(true);
  });

  it('end with the failure of the stream', async () => {
    const stream = (async function* () {
      yield 1;
      await new Promise((resolve) => void setImmediate(resolve));
      throw new Error('no');
    })();
    await expect(all(itemBatches(stream, 3))).rejects.toThrow('no');
  });
});
