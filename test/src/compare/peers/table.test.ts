import { describe, expect, it } from 'vitest';
import { ROWS, figureIn, workloadsOf } from './rows.ts';
import { markdownOf, placed } from './table.ts';

const rate = {
  title: 'rate',
  unit: 'jobs/s',
  workload: 'W',
  figure: ['rate'],
  better: 'more',
  digits: 0,
} as const;
const wait = {
  ...rate,
  title: 'wait',
  unit: 'ms',
  figure: ['ms', 'p50'],
  better: 'less',
  digits: 1,
} as const;

const results = (own: readonly unknown[], other: readonly unknown[]) =>
  new Map([
    ['precedent', new Map([['W', own]])],
    ['peer', new Map([['W', other]])],
  ]);

describe('the table of the products', () => {
  const products = ['precedent', 'peer'];

  it('says that Precedent leads where its median is the better one, whichever way is better', () => {
    const all = results(
      [
        { rate: 2_000, ms: { p50: 9 } },
        { rate: 10, ms: { p50: 9 } },
        { rate: 3_000, ms: { p50: 1 } },
      ],
      [{ rate: 1_999, ms: { p50: 9.1 } }],
    );
    expect(placed([rate, wait], products, all).map(({ verdict }) => verdict)).toEqual(['leads', 'leads']);
    expect(
      markdownOf(placed([rate, wait], products, all), products)
        .split('\n')
        .slice(2),
    ).toEqual(['| rate, jobs/s | 2,000 | 1,999 | leads |', '| wait, ms | 9.0 | 9.1 | leads |']);
  });

  it('says that Precedent trails, unless the row may', () => {
    const all = results([{ rate: 1, ms: { p50: 3 } }], [{ rate: 2, ms: { p50: 2 } }]);
    const rows = [rate, wait, { ...wait, mayTrail: true } as const];
    expect(placed(rows, products, all).map(({ verdict }) => verdict)).toEqual([
      'trails',
      'trails',
      'trails, as said in the page',
    ]);
  });

  it('shows no figure for a run that failed, and does not take a missing figure of a peer for a better one', () => {
    expect(placed([rate], products, results([undefined], [{ rate: 1 }]))[0]?.verdict).toBe('no figure');
    expect(placed([rate], products, results([{ rate: 1 }], [undefined]))[0]?.verdict).toBe('alone');
  });

  it('reads a figure by its path, and only numbers', () => {
    expect(figureIn({ a: { b: 2 } }, ['a', 'b'])).toBe(2);
    expect(figureIn({ a: null }, ['a', 'b'])).toBeUndefined();
    expect(figureIn({ a: '2' }, ['a'])).toBeUndefined();
  });

  it('runs a workload once for all of its rows', () => {
    expect(workloadsOf(ROWS)).toEqual(['W1E', 'W3', 'W3L', 'aborts', 'checks', 'W5', 'W2', 'W6']);
  });
});
