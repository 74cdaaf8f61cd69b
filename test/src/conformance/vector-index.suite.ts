import type { VectorIndex } from '@precedent/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { describeFilters, describeAnyTerm } from './vector-index-filters.suite.ts';
import { INDEXED, NEAR, SPEC, aPoint, numberOf, problemOf } from './vector-index-points.ts';
import type { Setup } from './vector-index-points.ts';
import { describeUpkeep } from './vector-index-upkeep.suite.ts';
import { describeRefusals } from './vector-index-refusals.suite.ts';
import { describePages, describeTenants } from './vector-index-tenants.suite.ts';

/** The world of the index under test: empty at first, and not shared. */
export interface VectorWorld {
  readonly index: VectorIndex;
  close(): Promise<void>;
}

type Make = () => Promise<VectorWorld>;

/** What every `VectorIndex` must do. `make` gives one without collections. */
export const describeVectorIndex = (title: string, make: Make): void => {
  const worlds: VectorWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  const setup: Setup = async () => {
    const world = await make();
    worlds.push(world);
    await world.index.ensure({ name: 'main', ...SPEC });
    return { index: world.index, name: 'main' };
  };
  describe(`${title} as a vector index`, () => {
    describe('collections', () => describeCollections(setup));
    describe('layouts', () => describeLayouts(setup));
    describe('points', () => describePoints(setup));
    describe('filters', () => describeFilters(setup));
    describe('the filter anyTerm', () => describeAnyTerm(setup));
    describe('tenants', () => describeTenants(setup));
    describe('pages', () => describePages(setup));
    describe('upkeep', () => describeUpkeep(setup));
    describe('refusals', () => describeRefusals(setup));
  });
};

const describeCollections = (setup: Setup): void => {
  it('are created once, listed, and dropped with all their points', async () => {
    const { index, name } = await setup();
    await index.upsert(name, [aPoint(1)]);
    await index.ensure({ name, ...SPEC });
    await index.ensure({ name: 'other-1', ...SPEC });
    expect(await index.collections()).toEqual([name, 'other-1']);
    expect(await index.count(name, { namespace: 'acme' })).toBe(1);
    await index.drop(name);
    await index.drop('never');
    expect(await index.collections()).toEqual(['other-1']);
    await index.ensure({ name, ...SPEC });
    expect(await index.count(name, { namespace: 'acme' })).toBe(0);
  });

  it('have an alias, which moves at once', async () => {
    const { index, name } = await setup();
    await index.ensure({ name: 'new', ...SPEC });
    await index.upsert(name, [aPoint(1)]);
    await index.upsert('new', [aPoint(2)]);
    const seen = async () =>
      (await index.query('now', { filter: { namespace: 'acme' }, vector: NEAR, limit: 9 })).map(({ id }) =>
        numberOf(id),
      );
    expect(await index.behind('now')).toBeUndefined();
    await index.alias('now', name);
    expect(await index.behind('now')).toEqual({ collection: name, dimensions: 4 });
    expect(await index.behind(name)).toBeUndefined();
    expect(await seen()).toEqual([1]);
    const looks = Array.from({ length: 20 }, async (_, i) => (i === 10 ? index.alias('now', 'new') : seen()));
    for (const look of await Promise.all(looks)) expect([undefined, [1], [2]]).toContainEqual(look);
    expect(await seen()).toEqual([2]);
    expect(await index.behind('now')).toMatchObject({ collection: 'new' });
    expect(await index.collections()).toEqual([name, 'new']);
    await index.upsert('now', [aPoint(3)]);
    expect(await index.count('new', { namespace: 'acme' })).toBe(2);
  });

  it('lose their alias when they are dropped', async () => {
    const { index, name } = await setup();
    await index.alias('now', name);
    await index.drop(name);
    await index.ensure({ name, ...SPEC });
    expect(await index.behind('now')).toBeUndefined();
    const problem = await problemOf(index.count('now', { namespace: 'acme' }));
    expect(problem.code).toBe('INVALID_REQUEST');
    await index.ensure({ name: 'now', ...SPEC });
  });

  it('are not dropped by their alias', async () => {
    const { index, name } = await setup();
    await index.alias('now', name);
    await index.drop('now');
    expect(await index.collections()).toEqual([name]);
  });

  it('answer a ping', async () => {
    const { index } = await setup();
    await index.ping();
  });
};

const describeLayouts = (setup: Setup): void => {
  it('accept a new field', async () => {
    const { index, name } = await setup();
    await index.upsert(name, [aPoint(1, { fresh: 'a' }), aPoint(2, { fresh: 'b' })]);
    await index.ensure({ name, dimensions: 4, indexed: { ...INDEXED, fresh: 'keyword' } });
    expect(await index.count(name, { namespace: 'acme', fields: { fresh: 'a' } })).toBe(1);
  });

  it('with other dimensions or another type of a field are refused, and the collection is not changed', async () => {
    const { index, name } = await setup();
    await index.upsert(name, [aPoint(1)]);
    const refused = [
      { name, dimensions: 5, indexed: INDEXED },
      { name, dimensions: 4, indexed: { ...INDEXED, kind: 'bool', more: 'keyword' } },
    ] as const;
    for (const spec of refused)
      expect(await problemOf(index.ensure(spec))).toMatchObject({
        code: 'INVALID_REQUEST',
        issues: [{ field: 'name' }],
      });
    await index.ensure({ name, dimensions: 4, indexed: { ...INDEXED, more: 'float' } });
    expect(await index.count(name, { namespace: 'acme' })).toBe(1);
  });

  it('cannot have the name of an alias, nor an alias the name of a collection', async () => {
    const { index, name } = await setup();
    await index.alias('now', name);
    expect((await problemOf(index.ensure({ name: 'now', ...SPEC }))).code).toBe('INVALID_REQUEST');
    expect((await problemOf(index.alias(name, name))).code).toBe('INVALID_REQUEST');
    expect((await problemOf(index.alias('later', 'never'))).code).toBe('INVALID_REQUEST');
    expect((await problemOf(index.alias('later', 'now'))).code).toBe('INVALID_REQUEST');
    expect(await index.collections()).toEqual([name]);
  });
};

const describePoints = (setup: Setup): void => {
  it('are returned nearest first, with their cosine and their whole payload', async () => {
    const { index, name } = await setup();
    const payload = { kind: 'failure', code: 137, ratio: 0.5, final: true, tags: ['a', 'b'], none: [] };
    const turned = { ...aPoint(9, payload), vector: Float32Array.of(-2, 0, 0, 0) };
    await index.upsert(name, [turned, aPoint(20), { ...aPoint(1), vector: Float32Array.of(3, 0, 0, 0) }]);
    const hits = await index.query(name, { filter: { namespace: 'acme' }, vector: NEAR, limit: 10 });
    expect(hits.map(({ id }) => numberOf(id))).toEqual([1, 20, 9]);
    expect(hits[0]?.score).toBeCloseTo(1, 5);
    expect(hits[1]?.score).toBeCloseTo(1 / Math.sqrt(5), 5);
    expect(hits[2]?.score).toBeCloseTo(-1, 5);
    expect(hits[2]?.payload).toEqual(turned.payload);
    const two = await index.query(name, { filter: { namespace: 'acme' }, vector: NEAR, limit: 2 });
    expect(two.map(({ id }) => numberOf(id))).toEqual([1, 20]);
  });

  it('are replaced completely by their id', async () => {
    const { index, name } = await setup();
    await index.upsert(name, [aPoint(1, { kind: 'old', extra: 'x' }), aPoint(2)]);
    const again = { ...aPoint(1, { kind: 'new', text: 'other words' }), vector: Float32Array.of(0, 0, 1, 0) };
    await index.upsert(name, [again]);
    await index.upsert(name, [again]);
    expect(await index.count(name, { namespace: 'acme' })).toBe(2);
    const filter = { namespace: 'acme', fields: { kind: 'new' } };
    const [hit] = await index.query(name, { filter, vector: Float32Array.of(0, 0, 1, 0), limit: 1 });
    expect(hit?.payload).toEqual(again.payload);
    expect(hit?.score).toBeCloseTo(1, 5);
    expect(await index.count(name, { namespace: 'acme', fields: { kind: 'old' } })).toBe(0);
    const old = { filter: { namespace: 'acme' }, vector: NEAR, anyTerm: ['point 1'], limit: 9 };
    expect(await index.query(name, old)).toEqual([]);
  });

  it('with the same id in one upsert: the last one stays', async () => {
    const { index, name } = await setup();
    await index.upsert(name, [aPoint(1, { kind: 'a' }), aPoint(1, { kind: 'b' })]);
    expect(await index.count(name, { namespace: 'acme' })).toBe(1);
    expect(await index.count(name, { namespace: 'acme', fields: { kind: 'b' } })).toBe(1);
  });

  it('are found as soon as the upsert has resolved, also a thousand, and an empty upsert adds none', async () => {
    const { index, name } = await setup();
    await index.upsert(name, []);
    const points = Array.from({ length: 1_000 }, (_, n) => aPoint(n));
    await index.upsert(name, points);
    expect(await index.count(name, { namespace: 'acme' })).toBe(1_000);
    const hits = await index.query(name, { filter: { namespace: 'acme' }, vector: NEAR, limit: 1_000 });
    expect(hits.map(({ id }) => numberOf(id))).toEqual(points.map((_, n) => n));
  });

  it('are not changed when the caller changes its objects later', async () => {
    const { index, name } = await setup();
    const tags = ['a'];
    const point = aPoint(1, { tags });
    await index.upsert(name, [point]);
    tags.push('b');
    point.vector.fill(0.5);
    const [hit] = await index.query(name, { filter: { namespace: 'acme' }, vector: NEAR, limit: 1 });
    expect(hit?.payload['tags']).toEqual(['a']);
    expect(hit?.score).toBeGreaterThan(0.99);
  });

  it('with large texts are split into requests that the server accepts', async () => {
    const { index, name } = await setup();
    const text = 'lorem ipsum '.repeat(5_000);
    await index.upsert(
      name,
      Array.from({ length: 600 }, (_, n) => aPoint(n, { text })),
    );
    expect(await index.count(name, { namespace: 'acme' })).toBe(600);
  });

  it('are removed by filter, and only those', async () => {
    const { index, name } = await setup();
    await index.upsert(name, [aPoint(1, { kind: 'a' }), aPoint(2, { kind: 'b' }), aPoint(3, { kind: 'a' })]);
    await index.remove(name, { namespace: 'acme', fields: { kind: 'a' }, ranges: { at: { to: 1_003 } } });
    expect(await index.count(name, { namespace: 'acme' })).toBe(2);
    await index.remove(name, { namespace: 'acme', fields: { kind: 'never' } });
    await index.remove(name, { namespace: 'acme' });
    expect(await index.count(name, { namespace: 'acme' })).toBe(0);
  });
};
