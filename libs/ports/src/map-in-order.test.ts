import { describe, expect, it } from 'vitest';
import { mapInOrder } from './map-in-order.ts';

/** A source that gives items when the test says so, and work that ends when the test says so. */
const setup = (width: number) => {
  const read: string[] = [];
  const working = new Map<string, PromiseWithResolvers<string>>();
  const source = async function* (...items: readonly (string | Error)[]): AsyncGenerator<string> {
    for (const item of items) {
      if (item instanceof Error) throw item;
      read.push(item);
      yield await Promise.resolve(item);
    }
  };
  const work = (item: string): Promise<string> => {
    const done = Promise.withResolvers<string>();
    working.set(item, done);
    return done.promise;
  };
  const end = (item: string): void => working.get(item)?.resolve(item.toUpperCase());
  return {
    read,
    source,
    working,
    end,
    map: (items: AsyncIterable<string>) => mapInOrder(items, width, work),
  };
};

const turns = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

describe('mapInOrder', () => {
  it('works on several items at the same time, and gives the results in the order of the items', async () => {
    const { source, map, end, working } = setup(3);
    const results = map(source('a', 'b', 'c', 'd'));
    const first = results.next();
    await turns();
    expect([...working.keys()]).toEqual(['a', 'b', 'c']);
    end('b');
    end('c');
    end('a');
    expect((await first).value).toBe('A');
    expect((await results.next()).value).toBe('B');
    expect((await results.next()).value).toBe('C');
    const last = results.next();
    await turns();
    end('d');
    expect(await last).toEqual({ value: 'D', done: false });
    expect(await results.next()).toEqual({ value: undefined, done: true });
  });

  it('gives a result while the source gives nothing', async () => {
    const { map, end } = setup(3);
    const never = new Promise<never>(() => undefined);
    const results = map(
      (async function* () {
        yield await Promise.resolve('a');
        await never;
      })(),
    );
    const first = results.next();
    await turns();
    end('a');
    expect((await first).value).toBe('A');
  });

  it('reads one item ahead, and no further while no result is taken', async () => {
    const { source, map, read, end } = setup(2);
    const results = map(source('a', 'b', 'c', 'd', 'e'));
    const first = results.next();
    await turns();
    end('a');
    await first;
    await turns();
    expect(read).toEqual(['a', 'b', 'c']);
  });

  it('gives what came before an error of the source, and then that', async () => {
    const { source, map, end } = setup(2);
    const results = map(source('a', new Error('cut')));
    const first = results.next();
    await turns();
    end('a');
    expect((await first).value).toBe('A');
    await expect(results.next()).rejects.toThrow('cut');
  });

  it('ends with the error of the work on an item, when it is the turn of that', async () => {
    const { source, map, end, working } = setup(2);
    const results = map(source('a', 'b'));
    const first = results.next();
    await turns();
    working.get('b')?.reject(new Error('refused'));
    await turns();
    end('a');
    expect((await first).value).toBe('A');
    await expect(results.next()).rejects.toThrow('refused');
  });
});
