import { expect, it } from 'vitest';
import { NEAR, SPEC, aPoint, numberOf } from './vector-index-points.ts';
import type { Setup } from './vector-index-points.ts';

/** What applies to whole collections, over all namespaces. */
export const describeUpkeep = (setup: Setup): void => {
  it('walks through all namespaces in the order of ids, page by page, and counts them', async () => {
    const { index, name } = await setup();
    const points = Array.from({ length: 7 }, (_, n) =>
      aPoint(n, { namespace: n % 2 === 0 ? 'acme' : 'umbrella', final: n > 4 }),
    );
    await index.upsert(name, points);
    const seen: number[] = [];
    let after: string | undefined;
    do {
      const page = await index.walk(name, {}, { limit: 3, ...(after !== undefined && { after }) });
      expect(page.points.length).toBeLessThanOrEqual(3);
      seen.push(...page.points.map(({ id }) => numberOf(id)));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const marked = await index.walk(name, { final: true }, { limit: 10 });
    expect(marked.points.map(({ payload }) => payload)).toEqual(points.slice(5).map((one) => one.payload));
    expect(await index.size(name, {})).toBe(7);
    expect(await index.size(name, { final: true })).toBe(2);
    expect(await index.size(name, { kind: 'never' })).toBe(0);
  });

  it('removes old points in all namespaces, except those that are excepted or have no such time', async () => {
    const { index, name } = await setup();
    await index.upsert(name, [
      aPoint(1, { kind: 'note' }),
      aPoint(2, { namespace: 'umbrella' }),
      aPoint(3, { namespace: 'umbrella' }),
      aPoint(4, { code: 5 }),
    ]);
    await index.expire(name, { field: 'at', before: 1_003, not: { kind: 'note' } });
    const left = async () => (await index.walk(name, {}, { limit: 10 })).points.map(({ id }) => numberOf(id));
    expect(await left()).toEqual([1, 3, 4]);
    await index.expire(name, { field: 'code', before: 5 });
    expect(await left()).toEqual([1, 3, 4]);
    await index.expire(name, { field: 'code', before: 6 });
    expect(await left()).toEqual([1, 3]);
  });

  it('finds, counts and changes the same whatever memory it may take', async () => {
    const { index, name } = await setup();
    const points = Array.from({ length: 60 }, (_, n) => aPoint(n, { kind: n % 2 === 0 ? 'even' : 'odd' }));
    await index.upsert(name, points);
    const filter = { namespace: 'acme', fields: { kind: 'even' } };
    const found = async () => ({
      near: await index.query(name, { filter, vector: NEAR, anyTerm: ['point'], limit: 5 }),
      count: await index.count(name, { ...filter, ranges: { at: { from: 1_010 } } }),
    });
    const [all, expected] = [await index.limitMemory([name], 1e12), await found()];
    expect(all).toMatchObject({ points: 60, onDisk: [] });
    expect(all.bytes).toBeGreaterThan(60 * 4 * SPEC.dimensions);
    for (const bytes of [0, 1e12, 0]) {
      const { bytes: held, onDisk } = await index.limitMemory([name], bytes);
      expect(held < all.bytes).toBe(onDisk.length === 1);
      expect(await found()).toEqual(expected);
    }
    await index.upsert(name, [aPoint(1, { kind: 'even' })]);
    await index.remove(name, {
      namespace: 'acme',
      fields: { kind: 'even' },
      ranges: { at: { from: 1_010 } },
    });
    const { near, count } = await found();
    expect([near.map(({ id }) => numberOf(id)), count]).toEqual([[0, 1, 2, 4, 6], 0]);
    await index.ensure({ name, ...SPEC });
    expect((await index.limitMemory([name], 1e12)).onDisk).toEqual([]);
  });

  it('inserts missing points, and replaces only marked ones', async () => {
    const { index, name } = await setup();
    const other = { vector: Float32Array.of(0, 0, 1, 0) };
    await index.upsert(name, [aPoint(1, { kind: 'kept' }), aPoint(2, { kind: 'old', final: false })]);
    const fresh = [1, 2, 3].map((n) => ({ ...aPoint(n, { kind: 'new' }), ...other }));
    await index.upsert(name, fresh, { onlyOver: { final: false } });
    const { points } = await index.walk(name, {}, { limit: 10 });
    expect(points.map(({ payload }) => payload['kind'])).toEqual(['kept', 'new', 'new']);
    const near = await index.query(name, { filter: { namespace: 'acme' }, vector: NEAR, limit: 1 });
    expect(near.map(({ id }) => numberOf(id))).toEqual([1]);
    await index.upsert(name, fresh, { onlyOver: { final: false } });
    expect(await index.size(name, { kind: 'new' })).toBe(2);
  });

  it('gives marked points new vectors, removes the mark, and inserts nothing', async () => {
    const { index, name } = await setup();
    const marked = [1, 2, 4].map((n) => aPoint(n, { final: false, kind: 'old' }));
    await index.upsert(name, [...marked, aPoint(3, { kind: 'kept' })]);
    const away = Float32Array.of(0, 0, 0, 1);
    const filled = [0, 1, 2, 3, 5].map((n) => ({ ...aPoint(n, { kind: 'new' }), vector: away }));
    for (let round = 0; round < 2; round++) {
      await index.fill(name, filled, { final: false });
      const { points } = await index.walk(name, {}, { limit: 10 });
      const left = points.map(({ id, payload }) => [numberOf(id), payload['kind'], payload['final']]);
      expect(left).toEqual([
        [1, 'old', undefined],
        [2, 'old', undefined],
        [3, 'kept', undefined],
        [4, 'old', false],
      ]);
      const near = await index.query(name, { filter: { namespace: 'acme' }, vector: away, limit: 2 });
      expect(new Set(near.map(({ id }) => numberOf(id)))).toEqual(new Set([1, 2]));
    }
    await index.fill(name, [{ id: aPoint(9).id, vector: away }], { final: false });
    expect(await index.size(name, {})).toBe(4);
  });
};
