import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyFigures, mean, median, medians, percentile, rounded } from './stats.ts';

describe('percentile', () => {
  it('returns the measured value at its rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0.5, 0.99, 1].map((q) => percentile(values, q))).toEqual([50, 99, 100]);
  });

  it('is not exceeded by its share of any values', () => {
    const value = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (all, q) => {
          const limit = percentile(all, q);
          expect(all).toContain(limit);
          expect(all.filter((one) => one <= limit).length).toBeGreaterThanOrEqual(q * all.length);
          expect(all.filter((one) => one < limit).length).toBeLessThan(q * all.length);
        },
      ),
    );
  });

  it('leaves its input as it was, and is NaN for no values', () => {
    const values = [3, 1, 2];
    percentile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
    [[10, 2], 6],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('is computed for each figure', () => {
    const runs = [{ a: 1, b: 9 }, { a: 3, b: 7 }, { a: 2 }];
    expect(medians(runs)).toEqual({ a: 2, b: 8 });
  });
});

it('rounds small figures to four digits and large ones to whole numbers', () => {
  expect([0.123456, 12.3456, 999.96, 26_123.7].map(rounded)).toEqual([0.1235, 12.35, 1000, 26_124]);
});

it('names latencies by their percentile', () => {
  expect(latencyFigures('idle_', [1, 2, 3])).toEqual({ idle_p50_ms: 2, idle_p99_ms: 3 });
});

describe('the mean', () => {
  it('is the sum divided by the count, and NaN of no values', () => {
    expect([mean([1, 2, 6]), mean([])]).toEqual([3, Number.NaN]);
  });
});
