import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.ts';
import { BoundedIdSet } from './bounded-id-set.ts';

const make = (max: number): { queue: BoundedQueue<number, string>; closed: () => number } => {
  let count = 0;
  const queue = new BoundedQueue<number, string>(
    max,
    (lost) => `lost ${lost}`,
    () => count++,
  );
  return { queue, closed: () => count };
};

const rest = async (queue: BoundedQueue<number, string>): Promise<(number | string)[]> => {
  const items: (number | string)[] = [];
  for await (const item of queue) items.push(item);
  return items;
};

describe('a queue', () => {
  it('gives a reader that waits what comes, and one that comes late what is there', async () => {
    const { queue } = make(10);
    const early = queue.next();
    queue.push(1);
    expect(await early).toEqual({ done: false, value: 1 });
    queue.push(2);
    queue.push(3);
    queue.close();
    expect(await rest(queue)).toEqual([2, 3]);
  });

  it('marks each loss at its place, with its size', async () => {
    const { queue } = make(2);
    for (const n of [1, 2, 3, 4]) queue.push(n);
    expect((await queue.next()).value).toBe(1);
    queue.push(5);
    for (const n of [6, 7]) queue.push(n);
    queue.close();
    expect(await rest(queue)).toEqual([2, 'lost 2', 5, 'lost 2']);
  });

  it('keeps one mark of losses outside of it for each place, however many there were', async () => {
    const { queue } = make(10);
    for (let n = 0; n < 3; n++) queue.mark('gap');
    expect((await queue.next()).value).toBe('gap');
    for (const n of [1, 2]) {
      queue.mark('gap');
      queue.push(n);
    }
    for (let n = 0; n < 3; n++) queue.mark('gap');
    queue.close();
    expect(await rest(queue)).toEqual(['gap', 1, 'gap', 2, 'gap']);
  });

  it('is closed once, by leaving the loop too, and takes nothing afterwards', async () => {
    const { queue, closed } = make(2);
    queue.push(1);
    for await (const _ of queue) break;
    queue.close();
    queue.push(2);
    queue.mark('gap');
    expect(closed()).toBe(1);
    expect(await rest(queue)).toEqual([]);
  });
});

describe('recent ids', () => {
  it('forget the oldest first', () => {
    const ids = new BoundedIdSet(2);
    for (const id of ['a', 'b', 'c']) ids.add(id);
    expect(['a', 'b', 'c'].map((id) => ids.has(id))).toEqual([false, true, true]);
  });
});
