import { describe, expect, it } from 'vitest';
import { percentOf, quantilesOf } from './statistics.ts';

describe('quantiles', () => {
  it('are values that occurred, by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantilesOf(values)).toEqual({ p50: 50, p95: 95, p99: 99 });
    expect(quantilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
    expect(quantilesOf([10, 9, 100])).toEqual({ p50: 10, p95: 100, p99: 100 });
  });

  it('are undefined and not zero without values', () => {
    expect(quantilesOf([])).toBeUndefined();
  });
});

describe('percentOf', () => {
  it('has one decimal, and is 0 of nothing', () => {
    expect([percentOf(1, 3), percentOf(2, 2), percentOf(0, 0)]).toEqual([33.3, 100, 0]);
  });
});
