import type { VectorIndex } from '@precedent/ports';
import { expect, it } from 'vitest';
import { NEAR, SPEC, aPoint, idOf, problemOf } from './vector-index-points.ts';
import type { Setup } from './vector-index-points.ts';

export const describeRefusals = (setup: Setup): void => {
  const query = { filter: { namespace: 'acme' }, vector: NEAR, limit: 1 };
  const bad: readonly (readonly [string, (index: VectorIndex, name: string) => Promise<unknown>])[] = [
    ['name', (index) => index.ensure({ name: 'a b', ...SPEC })],
    ['name', (index) => index.ensure({ name: 'x'.repeat(65), ...SPEC })],
    ['name', (index, name) => index.alias('a/b', name)],
    ['name', (index) => index.behind('a/b')],
    ['filter.fields', (index, name) => index.size(name, { 'a.b': 1 })],
    ['filter.fields', (index, name) => index.upsert(name, [aPoint(1)], { onlyOver: { 'a.b': 1 } })],
    ['filter.fields', (index, name) => index.fill(name, [aPoint(1)], { 'a.b': 1 })],
    ['points[0].id', (index, name) => index.fill(name, [{ ...aPoint(1), id: '17' }], { final: true })],
    ['filter.ranges', (index, name) => index.expire(name, { field: 'a.b', before: 1 })],
    ['filter.ranges.at', (index, name) => index.expire(name, { field: 'at', before: Number.NaN })],
    ['limit', (index, name) => index.walk(name, {}, { limit: 10_001 })],
    ['dimensions', (index) => index.ensure({ name: 'x', dimensions: 0, indexed: {} })],
    ['indexed', (index) => index.ensure({ name: 'x', dimensions: 4, indexed: { 'a.b': 'keyword' } })],
    ['collection', (index) => index.count('../main', { namespace: 'acme' })],
    [
      'points',
      (index, name) =>
        index.upsert(
          name,
          Array.from({ length: 1_001 }, (_, n) => aPoint(n)),
        ),
    ],
    ['points[0].id', (index, name) => index.upsert(name, [{ ...aPoint(1), id: '17' }])],
    ['points[0].id', (index, name) => index.upsert(name, [{ ...aPoint(1), id: idOf(1).replace('8', 'A') }])],
    [
      'points[1].vector',
      (index, name) => index.upsert(name, [aPoint(1), { ...aPoint(2), vector: Float32Array.of(1, 2) }]),
    ],
    [
      'points[0].vector',
      (index, name) => index.upsert(name, [{ ...aPoint(1), vector: new Float32Array(4) }]),
    ],
    [
      'points[0].vector',
      (index, name) => index.upsert(name, [{ ...aPoint(1), vector: Float32Array.of(1, Number.NaN, 0, 0) }]),
    ],
    ['points[0].payload', (index, name) => index.upsert(name, [aPoint(1, { 'a[b]': 1 })])],
    ['points[0].payload.code', (index, name) => index.upsert(name, [aPoint(1, { code: Infinity })])],
    [
      'points[0].payload.text',
      (index, name) => index.upsert(name, [aPoint(1, { text: 'x'.repeat(65_537) })]),
    ],
    ['points[0].payload.text', (index, name) => index.upsert(name, [aPoint(1, { text: 'x \ud83d' })])],
    ['points[0].payload.tags', (index, name) => index.upsert(name, [aPoint(1, { tags: ['\ude00'] })])],
    ['points[0].payload.namespace', (index, name) => index.upsert(name, [aPoint(1, { namespace: '' })])],
    ['limit', (index, name) => index.query(name, { ...query, limit: 0 })],
    ['limit', (index, name) => index.query(name, { ...query, limit: 1_001 })],
    ['limit', (index, name) => index.query(name, { ...query, limit: 1.5 })],
    ['limit', (index, name) => index.scroll(name, query.filter, { limit: 10_001 })],
    ['after', (index, name) => index.scroll(name, query.filter, { limit: 1, after: '1' })],
    ['vector', (index, name) => index.query(name, { ...query, vector: new Float32Array(4) })],
    [
      'anyTerm',
      (index, name) => index.query(name, { ...query, anyTerm: Array.from({ length: 101 }, () => 'x') }),
    ],
    ['filter.fields', (index, name) => index.count(name, { namespace: 'acme', fields: { 'a.b': 1 } })],
    [
      'filter.ranges.at',
      (index, name) => index.count(name, { namespace: 'acme', ranges: { at: { from: Number.NaN } } }),
    ],
  ];

  it('name the field, the value and the limit, and change nothing', async () => {
    const { index, name } = await setup();
    for (const [field, call] of bad)
      expect(await problemOf(call(index, name)), field).toMatchObject({
        code: 'INVALID_REQUEST',
        issues: [{ field }],
      });
    expect(await index.count(name, { namespace: 'acme' })).toBe(0);
    expect(await index.collections()).toEqual([name]);
  });

  it('reject vectors of other dimensions, and the whole upsert with them', async () => {
    const { index, name } = await setup();
    const five = Float32Array.of(1, 0, 0, 0, 0);
    const upsert = index.upsert(name, [{ ...aPoint(1), vector: five }]);
    expect((await problemOf(upsert)).message).toMatch(/5.*4|4.*5/);
    expect((await problemOf(index.query(name, { ...query, vector: five }))).code).toBe('INVALID_REQUEST');
    expect(await index.count(name, { namespace: 'acme' })).toBe(0);
  });

  it('reject a collection that does not exist', async () => {
    const { index } = await setup();
    const failing = [
      index.upsert('never', [aPoint(1)]),
      index.query('never', query),
      index.scroll('never', query.filter, { limit: 1 }),
      index.count('never', query.filter),
      index.remove('never', query.filter),
      index.walk('never', {}, { limit: 1 }),
      index.size('never', {}),
    ];
    for (const { code } of await Promise.all(failing.map(problemOf))) expect(code).toBe('INVALID_REQUEST');
  });
};
