import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remainingAfter } from './spread.ts';
import { spreads } from './spread.arbitraries.ts';

describe('what remains of a duration', () => {
  const duration = { p10: 20_000, p50: 40_000, p90: 80_000 };

  it('is the duration itself at the start', () => {
    expect(remainingAfter(duration, 0)).toEqual(duration);
  });

  it('is what is left of the middle while nearly all run longer', () => {
    expect(remainingAfter(duration, 10_000)?.p50).toBe(30_000);
  });

  it('does not fall to nothing when half of those like it have ended: it is one of the slow ones', () => {
    const { p10 = 0, p50 = 0, p90 = 0 } = remainingAfter(duration, 40_000) ?? {};
    expect(p10).toBeGreaterThan(1_000);
    expect(p50).toBeGreaterThan(10_000);
    expect(p90).toBeGreaterThan(40_000);
  });

  it('is unknown for what runs longer than nine in ten', () => {
    expect(remainingAfter(duration, 80_001)).toBeUndefined();
  });

  it('is exact where all took the same', () => {
    const same = { p10: 5_000, p50: 5_000, p90: 5_000 };
    expect(remainingAfter(same, 3_000)).toEqual({ p10: 2_000, p50: 2_000, p90: 2_000 });
  });

  it('is never below nothing, and in order', () => {
    fc.assert(
      fc.property(spreads, fc.nat(200_000), (spread, ranMs) => {
        const left = remainingAfter(spread, ranMs);
        expect(left === undefined).toBe(ranMs > spread.p90);
        if (left === undefined) return;
        expect(left.p10).toBeGreaterThanOrEqual(0);
        expect(left.p50).toBeGreaterThanOrEqual(left.p10);
        expect(left.p90).toBeGreaterThanOrEqual(left.p50);
        expect(Object.values(left).every(Number.isSafeInteger)).toBe(true);
      }),
    );
  });

  it('never foresees an earlier end because time has passed', () => {
    fc.assert(
      fc.property(spreads, fc.nat(100_000), fc.nat(100_000), (spread, ranMs, more) => {
        const [before, after] = [remainingAfter(spread, ranMs), remainingAfter(spread, ranMs + more)];
        if (before === undefined || after === undefined) return;
        // Each is rounded to a millisecond.
        expect(ranMs + more + after.p50).toBeGreaterThanOrEqual(ranMs + before.p50 - 1);
      }),
    );
  });
});
