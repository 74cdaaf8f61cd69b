import { expect, it } from 'vitest';
import { NEAR, aPoint, idOf, numberOf, problemOf } from './vector-index-points.ts';
import type { Setup } from './vector-index-points.ts';

export const describeTenants = (setup: Setup): void => {
  it('never see each other, through any method', async () => {
    const { index, name } = await setup();
    await index.upsert(name, [
      aPoint(1, { text: 'a secret', kind: 'a' }),
      aPoint(2, { text: 'a secret', kind: 'a', namespace: 'rival' }),
    ]);
    for (const [namespace, own] of [
      ['acme', 1],
      ['rival', 2],
      ['ACME', undefined],
      ['acm', undefined],
    ] as const) {
      const mine = own === undefined ? [] : [own];
      const sneaky = { namespace, fields: { kind: ['a'] }, not: { namespace } };
      const query = { vector: NEAR, anyTerm: ['secret'], limit: 9 };
      const hits = await index.query(name, { ...query, filter: { namespace } });
      expect(hits.map(({ id }) => numberOf(id))).toEqual(mine);
      expect(await index.query(name, { ...query, filter: sneaky })).toEqual([]);
      const { points } = await index.scroll(name, { namespace }, { limit: 9, after: idOf(0) });
      expect(points.map(({ id }) => numberOf(id))).toEqual(mine);
      expect(await index.count(name, { namespace })).toBe(mine.length);
      expect(await index.count(name, { namespace, fields: { namespace: ['acme', 'rival'] } })).toBe(
        mine.length,
      );
    }
    await index.remove(name, { namespace: 'rival', fields: { kind: 'a' } });
    expect(await index.count(name, { namespace: 'acme' })).toBe(1);
    expect(await index.count(name, { namespace: 'rival' })).toBe(0);
  });

  it('take a point over completely when they use its id again', async () => {
    const { index, name } = await setup();
    await index.upsert(name, [aPoint(1)]);
    await index.upsert(name, [aPoint(1, { namespace: 'rival' })]);
    expect(await index.count(name, { namespace: 'acme' })).toBe(0);
    expect(await index.count(name, { namespace: 'rival' })).toBe(1);
  });

  it('are named by every filter', async () => {
    const { index, name } = await setup();
    const filter = { namespace: '' };
    const failing = [
      index.query(name, { filter, vector: NEAR, limit: 1 }),
      index.scroll(name, filter, { limit: 1 }),
      index.count(name, filter),
      index.remove(name, filter),
    ];
    for (const problem of await Promise.all(failing.map(problemOf)))
      expect(problem).toMatchObject({
        code: 'INVALID_REQUEST',
        issues: [{ field: 'filter.namespace' }],
      });
  });
};

export const describePages = (setup: Setup): void => {
  it('have no gaps and no repeats, and the last page says that it is the last', async () => {
    const { index, name } = await setup();
    const mine = Array.from({ length: 95 }, (_, n) => aPoint(n * 7, { kind: n % 2 === 0 ? 'even' : 'odd' }));
    const theirs = Array.from({ length: 50 }, (_, n) => aPoint(n * 7 + 3, { namespace: 'rival' }));
    await index.upsert(name, [...mine, ...theirs]);
    const filter = { namespace: 'acme', fields: { kind: 'even' } };
    for (const limit of [1, 7, 24, 48, 100]) {
      const seen: string[] = [];
      let after: string | undefined;
      let pages = 0;
      do {
        const page = await index.scroll(name, filter, { limit, ...(after !== undefined && { after }) });
        seen.push(...page.points.map(({ id }) => id));
        pages++;
        after = page.next;
      } while (after !== undefined);
      expect(seen.toSorted()).toEqual(mine.filter((_, n) => n % 2 === 0).map(({ id }) => id));
      expect(pages).toBe(Math.ceil(48 / limit));
    }
  });

  it('continue after removed points, and new points cause no repeats', async () => {
    const { index, name } = await setup();
    await index.upsert(
      name,
      [1, 3, 5, 7].map((n) => aPoint(n)),
    );
    const first = await index.scroll(name, { namespace: 'acme' }, { limit: 2 });
    expect(first.next).toBe(idOf(3));
    await index.remove(name, { namespace: 'acme', ranges: { at: { to: 1_004 } } });
    await index.upsert(name, [aPoint(2), aPoint(6)]);
    const second = await index.scroll(name, { namespace: 'acme' }, { limit: 9, after: idOf(3) });
    expect(second.points.map(({ id }) => numberOf(id))).toEqual([5, 6, 7]);
    expect(second.next).toBeUndefined();
  });

  it('end after the largest possible id', async () => {
    const { index, name } = await setup();
    const last = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    await index.upsert(name, [{ ...aPoint(1), id: last }]);
    expect(await index.scroll(name, { namespace: 'acme' }, { limit: 1, after: last })).toEqual({
      points: [],
    });
  });
};
