import { describe, expect, it } from 'vitest';
import { Feed } from './feed.ts';
import { RecentIds } from './recent-ids.ts';

const make = (max: number): { feed: Feed<number, string>; closed: () => number } => {
  let count = 0;
  const feed = new Feed<number, string>(
    max,
    (lost) => `lost ${lost}`,
    () => count++,
  );
  return { feed, closed: () => count };
};

const rest = async (feed: Feed<number, string>): Promise<(number | string)[]> => {
  const items: (number | string)[] = [];
  for await (const item of feed) items.push(item);
  return items;
};

describe('a feed', () => {
  it('gives a reader that waits what comes, and one that comes late what is there', async () => {
    const { feed } = make(10);
    const early = feed.next();
    feed.push(1);
    expect(await early).toEqual({ done: false, value: 1 });
    feed.push(2);
    feed.push(3);
    feed.close();
    expect(await rest(feed)).toEqual([2, 3]);
  });

  it('marks each loss at its place, with its size', async () => {
    const { feed } = make(2);
    for (const n of [1, 2, 3, 4]) feed.push(n);
    expect((await feed.next()).value).toBe(1);
    feed.push(5);
    for (const n of [6, 7]) feed.push(n);
    feed.close();
    expect(await rest(feed)).toEqual([2, 'lost 2', 5, 'lost 2']);
  });

  it('keeps one mark of losses outside of it for each place, however many there were', async () => {
    const { feed } = make(10);
    for (let n = 0; n < 3; n++) feed.mark('gap');
    expect((await feed.next()).value).toBe('gap');
    for (const n of [1, 2]) {
      feed.mark('gap');
      feed.push(n);
    }
    for (let n = 0; n < 3; n++) feed.mark('gap');
    feed.close();
    expect(await rest(feed)).toEqual(['gap', 1, 'gap', 2, 'gap']);
  });

  it('is closed once, by leaving the loop too, and takes nothing afterwards', async () => {
    const { feed, closed } = make(2);
    feed.push(1);
    for await (const _ of feed) break;
    feed.close();
    feed.push(2);
    feed.mark('gap');
    expect(closed()).toBe(1);
    expect(await rest(feed)).toEqual([]);
  });
});

describe('recent ids', () => {
  it('forget the oldest first', () => {
    const ids = new RecentIds(2);
    for (const id of ['a', 'b', 'c']) ids.add(id);
    expect(['a', 'b', 'c'].map((id) => ids.has(id))).toEqual([false, true, true]);
  });
});
