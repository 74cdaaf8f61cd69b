import { memoryVectorIndex } from '@precedent/memory';
import type { Point } from '@precedent/ports';
import { search } from '@precedent/semantic';
import { describe, expect, it } from 'vitest';

const NOW = 1_000_000;
const COLLECTION = 'c';
const embedder = {
  model: { name: 'plain', dimensions: 2 },
  embed: async (texts: readonly string[]) => texts.map(() => Float32Array.of(1, 0)),
  close: async () => undefined,
};

const point = (n: number, kind: string, more: Readonly<Record<string, string>>): Point => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  vector: Float32Array.of(1, n / 1e9),
  payload: { namespace: 'default', at: n, text: `disk full in run ${n % 7}`, kind, ...more },
});

const setup = async (points: readonly Point[]) => {
  const index = memoryVectorIndex();
  await index.ensure({ name: COLLECTION, dimensions: 2, indexed: {} });
  for (let from = 0; from < points.length; from += 1_000)
    await index.upsert(COLLECTION, points.slice(from, from + 1_000));
  const context = { index, collection: COLLECTION };
  const find = (more: object = {}) =>
    search({ ...context, embedder }, { namespace: 'default', query: 'disk full', now: NOW, ...more });
  return { find };
};

const failures = (count: number): Point[] =>
  Array.from({ length: count }, (_, n) =>
    point(n, 'failure', { fingerprint: 'f1', project: n % 2 ? 'a' : 'b' }),
  );

describe('the count of a search hit', () => {
  it('includes all occurrences of a failure, not only the candidates of the search', async () => {
    const { find } = await setup(failures(400));
    const { hits } = await find();
    expect(hits).toHaveLength(1);
    expect(hits[0]).toMatchObject({ count: 400 });
    expect(hits[0]).not.toHaveProperty('atLeast');
  });

  it('includes only occurrences within the filters of the search', async () => {
    const { find } = await setup(failures(400));
    const { hits } = await find({ filters: { project: ['a'] } });
    expect(hits[0]).toMatchObject({ count: 200 });
  });

  it('is a lower bound where no fingerprint identifies other occurrences', async () => {
    const { find } = await setup(Array.from({ length: 400 }, (_, n) => point(n, 'note', {})));
    const { hits } = await find();
    expect(hits.every(({ atLeast }) => atLeast === true)).toBe(true);
  });

  it('is exact where all documents were candidates', async () => {
    const { find } = await setup(failures(60));
    const { hits } = await find();
    expect(hits[0]).toMatchObject({ count: 60 });
    expect(hits[0]).not.toHaveProperty('atLeast');
  });

  it('is exact for a search by words over more documents than it reads', async () => {
    const { find } = await setup(failures(5_500));
    const { hits, partial } = await find({ semantic: false });
    expect(partial).toBe(true);
    expect(hits[0]).toMatchObject({ count: 5_500 });
  });

  it('is found with a word of a script without spaces beyond the nearest documents', async () => {
    const many = Array.from({ length: 300 }, (_, n) => point(n, 'note', {}));
    const far = point(999, 'note', { text: '数据库连接失败' });
    const { find } = await setup([...many, { ...far, vector: Float32Array.of(-1, 0) }]);
    const { hits } = await find({ query: '连接失败' });
    expect(hits[0]?.payload.text).toBe('数据库连接失败');
  });
});
