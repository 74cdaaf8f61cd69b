import { createHash } from 'node:crypto';
import type { ObjectStore } from '@precedent/ports';
import { afterEach, describe, expect, it } from 'vitest';

/** Where a suite's objects live. */
export interface ObjectWorld {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && new TextDecoder().decode(bytes);

/** What every `ObjectStore` must do. `make` gives a world without objects whose largest object has 1 MiB. */
export const describeObjectStore = (name: string, make: () => Promise<ObjectWorld>): void => {
  const worlds: ObjectWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  const setup: Setup = async () => {
    const world = await make();
    worlds.push(world);
    return world.store;
  };
  describe(`${name} as an object store`, () => {
    describeOne(setup);
    describeMany(setup);
  });
};

type Setup = () => Promise<ObjectStore>;

const describeOne = (setup: Setup): void => {
  it('gives back what was stored, and says what it is', async () => {
    const store = await setup();
    const put = await store.put('a/report.md', bytesOf('grün'), { contentType: 'text/markdown' });
    const sha256 = createHash('sha256').update('grün').digest('hex');
    expect(put).toMatchObject({ name: 'a/report.md', bytes: 5, sha256, contentType: 'text/markdown' });
    expect(put.at).toBeGreaterThan(0);
    expect(textOf(await store.get('a/report.md'))).toBe('grün');
    expect(await store.stat('a/report.md')).toEqual(put);
  });

  it('holds an empty object, and one of several chunks', async () => {
    const store = await setup();
    await store.put('empty', new Uint8Array());
    expect(await store.get('empty')).toEqual(new Uint8Array());
    const large = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 31) % 251);
    await store.put('large', large);
    expect(Buffer.compare((await store.get('large')) ?? bytesOf(''), large)).toBe(0);
  });

  it('knows nothing of what was never stored', async () => {
    const store = await setup();
    expect(await store.get('none')).toBeUndefined();
    expect(await store.stat('none')).toBeUndefined();
    expect(await store.remove('none')).toBe(false);
  });

  it('puts a new object in the place of the old one', async () => {
    const store = await setup();
    await store.put('a', bytesOf('one'), { contentType: 'text/plain' });
    const second = await store.put('a', bytesOf('second'));
    expect(textOf(await store.get('a'))).toBe('second');
    expect(await store.list('')).toEqual([second]);
    expect(second.contentType).toBeUndefined();
  });

  it('is not changed by what its callers do with their bytes', async () => {
    const store = await setup();
    const mine = bytesOf('mine');
    await store.put('a', mine);
    mine.fill(0);
    (await store.get('a'))?.fill(0);
    expect(textOf(await store.get('a'))).toBe('mine');
  });

  it('refuses what is too large, and keeps what was there', async () => {
    const store = await setup();
    await store.put('a', bytesOf('small'));
    const tooMuch = new Uint8Array(store.maxObjectBytes + 1);
    await expect(store.put('a', tooMuch)).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: `a has ${store.maxObjectBytes + 1} bytes of ${store.maxObjectBytes} at most`,
    });
    expect(textOf(await store.get('a'))).toBe('small');
  });
};

const describeMany = (setup: Setup): void => {
  it('lists by prefix, in the order of the names', async () => {
    const store = await setup();
    for (const name of ['b/2', 'a/1', 'b/1', 'b']) await store.put(name, bytesOf(name));
    expect((await store.list('b/')).map(({ name }) => name)).toEqual(['b/1', 'b/2']);
    expect((await store.list('')).map(({ name }) => name)).toEqual(['a/1', 'b', 'b/1', 'b/2']);
    expect(await store.list('c')).toEqual([]);
  });

  it('takes any name, and keeps names apart', async () => {
    const store = await setup();
    const names = ['a b', 'a*', 'a>', 'ä.ö', '..', 'A'];
    for (const name of names) await store.put(name, bytesOf(name));
    for (const name of names) expect(textOf(await store.get(name))).toBe(name);
    expect((await store.list('')).length).toBe(names.length);
  });

  it('forgets what was removed, and may hold it again', async () => {
    const store = await setup();
    await store.put('a', bytesOf('one'));
    await store.put('b', bytesOf('two'));
    expect(await store.remove('a')).toBe(true);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.remove('a')).toBe(false);
    expect((await store.list('')).map(({ name }) => name)).toEqual(['b']);
    await store.put('a', bytesOf('again'));
    expect(textOf(await store.get('a'))).toBe('again');
  });

  it('takes many at once', async () => {
    const store = await setup();
    const names = Array.from({ length: 20 }, (_, i) => `many/${i}`);
    await Promise.all(names.map((name) => store.put(name, bytesOf(name))));
    expect((await store.list('many/')).length).toBe(names.length);
    expect(textOf(await store.get('many/13'))).toBe('many/13');
  });
};
