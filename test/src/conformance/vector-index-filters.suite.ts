import { LABEL_FIELD } from '@precedent/ports';
import type { PointFilter, PointPayload } from '@precedent/ports';
import { expect, it } from 'vitest';
import { NEAR, aPoint, numberOf } from './vector-index-points.ts';
import type { Setup } from './vector-index-points.ts';

const ROWS: readonly Partial<PointPayload>[] = [
  { kind: 'failure', code: 1, ratio: 0.5, final: true, tags: ['x', 'y'], project: 'web' },
  { kind: 'failure', code: 2, ratio: 1.5, final: false, tags: ['y'], unindexed: 'b' },
  { kind: 'Failure', code: 3, ratio: 2, final: true, tags: [], unindexed: 'c' },
  { kind: '3', code: -4, ratio: 3, unindexed: 7, [LABEL_FIELD]: 'secret', project: 'web' },
  {},
];

const CASES: readonly (readonly [string, Omit<PointFilter, 'namespace'>, readonly number[]])[] = [
  ['nothing but the namespace', {}, [0, 1, 2, 3, 4]],
  ['a word, as it is written', { fields: { kind: 'failure' } }, [0, 1]],
  ['one of several words', { fields: { kind: ['Failure', '3'] } }, [2, 3]],
  ['one of none', { fields: { kind: [] } }, []],
  ['a whole number', { fields: { code: 2 } }, [1]],
  ['a negative number', { fields: { code: -4 } }, [3]],
  ['one of several numbers', { fields: { code: [1, 3, 99] } }, [0, 2]],
  ['a word that looks like a number', { fields: { kind: '3' } }, [3]],
  ['a number, which is no word', { fields: { kind: 3 } }, []],
  ['words and numbers in one list', { fields: { unindexed: ['b', 7] } }, [1, 3]],
  ['a fraction', { fields: { ratio: 1.5 } }, [1]],
  ['a whole number in a field of fractions', { fields: { ratio: [2, 3] } }, [2, 3]],
  ['true', { fields: { final: true } }, [0, 2]],
  ['false, which is not missing', { fields: { final: false } }, [1]],
  ['a value of a list', { fields: { tags: 'y' } }, [0, 1]],
  ['one of several values of a list', { fields: { tags: ['x', 'z'] } }, [0]],
  ['a field without an index', { fields: { unindexed: 'c' } }, [2]],
  ['all fields together', { fields: { kind: 'failure', final: true } }, [0]],
  ['a field that no point has', { fields: { absent: 'x' } }, []],
  ['none of a word', { not: { kind: 'failure' } }, [2, 3, 4]],
  ['none of several', { not: { kind: ['failure', '3'] } }, [2, 4]],
  ['none of none', { not: { kind: [] } }, [0, 1, 2, 3, 4]],
  ['none of a number and of true', { not: { code: 2, final: true } }, [3, 4]],
  ['none of a value of a list', { not: { tags: 'x' } }, [1, 2, 3, 4]],
  ['cleared for no label', { cleared: { clearances: [] } }, [0, 1, 2, 4]],
  ['cleared for another label', { cleared: { clearances: ['health'] } }, [0, 1, 2, 4]],
  ['cleared for the label', { cleared: { clearances: ['health', 'secret'] } }, [0, 1, 2, 3, 4]],
  ['cleared for all labels', { cleared: { clearances: '*' } }, [0, 1, 2, 3, 4]],
  [
    'cleared for the label in its project',
    { cleared: { clearances: [], projectClearances: [{ project: 'web', labels: ['secret'] }] } },
    [0, 1, 2, 3, 4],
  ],
  [
    'cleared for all labels in its project',
    {
      fields: { kind: '3' },
      cleared: { clearances: [], projectClearances: [{ project: 'web', labels: ['*'] }] },
    },
    [3],
  ],
  [
    'cleared for the label in another project',
    { cleared: { clearances: [], projectClearances: [{ project: 'pay', labels: ['secret', '*'] }] } },
    [0, 1, 2, 4],
  ],
  ['from inclusive', { ranges: { code: { from: 2 } } }, [1, 2]],
  ['to exclusive', { ranges: { code: { to: 2 } } }, [0, 3]],
  ['from and to', { ranges: { code: { from: 1, to: 3 } } }, [0, 1]],
  ['fractions as the ends of whole numbers', { ranges: { code: { from: 1.5, to: 3.5 } } }, [1, 2]],
  ['a range of fractions', { ranges: { ratio: { from: 0.5, to: 1.5 } } }, [0]],
  ['a range without ends', { ranges: { code: {} } }, [0, 1, 2, 3, 4]],
  ['a range of nothing', { ranges: { code: { from: 3, to: 3 } } }, []],
  ['a range of words', { ranges: { kind: { from: 0 } } }, []],
  ['a range of times', { ranges: { at: { from: 1_001, to: 1_003 } } }, [1, 2]],
  ['two ranges', { ranges: { code: { from: 1 }, ratio: { from: 1 } } }, [1, 2]],
  [
    'everything at once',
    { fields: { final: true }, not: { kind: 'failure' }, ranges: { code: { from: 3 } } },
    [2],
  ],
  [
    'the namespace as a field too',
    { fields: { namespace: 'acme' }, not: { namespace: 'other' } },
    [0, 1, 2, 3, 4],
  ],
];

export const describeFilters = (setup: Setup): void => {
  it('have the same meaning for queries, pages, counts and removals', async () => {
    const { index, name } = await setup();
    await index.upsert(
      name,
      ROWS.map((row, n) => aPoint(n, row)),
    );
    for (const [what, conditions, expected] of CASES) {
      const filter = { namespace: 'acme', ...conditions };
      const hits = await index.query(name, { filter, vector: NEAR, limit: 10 });
      const page = await index.scroll(name, filter, { limit: 10 });
      const seen = (list: readonly { id: string }[]) =>
        list.map(({ id }) => numberOf(id)).toSorted((a, b) => a - b);
      expect(seen(hits), what).toEqual(expected);
      expect(seen(page.points), what).toEqual(expected);
      expect(await index.count(name, filter), what).toBe(expected.length);
    }
    for (const [what, conditions, expected] of CASES) {
      await index.remove(name, { namespace: 'acme', ...conditions });
      expect(await index.count(name, { namespace: 'acme' }), what).toBe(ROWS.length - expected.length);
      await index.upsert(
        name,
        ROWS.map((row, n) => aPoint(n, row)),
      );
    }
  });
};

const TEXTS = [
  'Failed with ERR_X42: out of memory',
  'err-x42 once more, in src/a-b.ts',
  'X42 ERR the other way round',
  'ERR_X421 is another one',
  'Größe über 中文字符, ΣΑΣ and 100%',
  'read a.b.ts',
];

const ANY_TERM: readonly (readonly [readonly string[], readonly number[]])[] = [
  [['ERR_X42'], [0, 1]],
  [['err x42'], [0, 1]],
  [['err'], [0, 1, 2, 3]],
  [['ERR_X4'], []],
  [['x421'], [3]],
  [['a-b.ts'], [1, 5]],
  [['src/a-b.ts'], [1]],
  [
    ['b.ts', 'memory'],
    [0, 1, 5],
  ],
  [['GRÖSSE', 'grösse'], []],
  [['größe'], [4]],
  [['GRÖßE'], [4]],
  [['中文'], []],
  [['中文字符'], [4]],
  [['σας'], [4]],
  [['100'], [4]],
  [['memo'], []],
  [['--', ' '], []],
  [['--', 'once'], [1]],
  [[''], []],
  [[], []],
  [['with err'], [0]],
  [['failed err'], []],
];

export const describeAnyTerm = (setup: Setup): void => {
  it('match whole words in sequence, ignoring case', async () => {
    const { index, name } = await setup();
    await index.upsert(
      name,
      TEXTS.map((text, n) => aPoint(n, { text })),
    );
    for (const [anyTerm, expected] of ANY_TERM) {
      const hits = await index.query(name, {
        filter: { namespace: 'acme' },
        vector: NEAR,
        anyTerm,
        limit: 9,
      });
      expect(
        hits.map(({ id }) => numberOf(id)).toSorted((a, b) => a - b),
        anyTerm.join('|'),
      ).toEqual(expected);
    }
  });

  it('apply together with the filter, and keep the order by cosine', async () => {
    const { index, name } = await setup();
    await index.upsert(
      name,
      [3, 1, 2].map((n) => aPoint(n, { text: 'the word', kind: n === 2 ? 'b' : 'a' })),
    );
    const filter = { namespace: 'acme', fields: { kind: 'a' } };
    const hits = await index.query(name, { filter, vector: NEAR, anyTerm: ['WORD'], limit: 9 });
    expect(hits.map(({ id }) => numberOf(id))).toEqual([1, 3]);
  });
};
