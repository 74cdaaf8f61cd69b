import type { BandRank } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agedRank } from './aging.ts';
import type { AgingMs } from './aging.ts';

const rank = fc.constantFrom<BandRank>(0, 1, 2, 3);
const waited = fc.integer({ min: -10, max: 60 });
const step = fc.integer({ min: 0, max: 20 });
const aging: fc.Arbitrary<AgingMs> = fc.tuple(step, step, step, step);

describe('aging', () => {
  it.each<[BandRank, number, AgingMs, BandRank]>([
    [0, 0, [10, 10, 10, 10], 0],
    [0, 9, [10, 10, 10, 10], 0],
    [0, 10, [10, 10, 10, 10], 1],
    [0, 19, [10, 10, 10, 10], 1],
    [0, 20, [10, 10, 10, 10], 2],
    [0, 9_999, [10, 10, 10, 10], 2],
    [1, 10, [10, 10, 10, 10], 2],
    [2, 9_999, [10, 10, 10, 10], 2],
    [3, 9_999, [10, 10, 10, 10], 3],
    [0, 9_999, [0, 10, 10, 10], 0],
    [0, 9_999, [10, 0, 10, 10], 1],
    [0, -5, [10, 10, 10, 10], 0],
  ])('orders rank %i after %i ms with %j as %i', (base, waitedMs, limits, expected) => {
    expect(agedRank(base, waitedMs, limits)).toBe(expected);
  });

  it('never makes a task critical that was not submitted as critical', () => {
    fc.assert(
      fc.property(rank, waited, aging, (base, waitedMs, limits) => {
        expect(agedRank(base, waitedMs, limits) === 3).toBe(base === 3);
      }),
    );
  });

  it('never lowers a task, and never moves it back while it waits', () => {
    fc.assert(
      fc.property(rank, waited, fc.nat(30), aging, (base, waitedMs, more, limits) => {
        const before = agedRank(base, waitedMs, limits);
        expect(before).toBeGreaterThanOrEqual(base);
        expect(agedRank(base, waitedMs + more, limits)).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it('changes nothing when it is off', () => {
    fc.assert(
      fc.property(rank, waited, (base, waitedMs) => {
        expect(agedRank(base, waitedMs, [0, 0, 0, 0])).toBe(base);
      }),
    );
  });
});
