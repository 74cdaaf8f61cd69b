import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DurationHistogram } from './duration-histogram.ts';

const histogramOf = (durations: readonly number[]): DurationHistogram => {
  const histogram = new DurationHistogram();
  for (const ms of durations) histogram.add(ms);
  return histogram;
};

const DURATIONS = fc.array(fc.integer({ min: 0, max: 2 ** 42 }), { minLength: 1, maxLength: 50 });

describe('a histogram of durations', () => {
  it('returns quantiles by the nearest rank, exact below 32 ms and within 3.2 % above', () => {
    fc.assert(
      fc.property(DURATIONS, fc.double({ min: 0, max: 1, noNaN: true }), (durations, share) => {
        const sorted = durations.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
        const found = histogramOf(durations).quantile(share);
        if (exact < 32) expect(found).toBe(exact);
        else expect(Math.abs(found - exact) / exact).toBeLessThan(0.032);
      }),
    );
  });

  it('adds up from parts, and subtracts what was added, also through its JSON', () => {
    fc.assert(
      fc.property(DURATIONS, DURATIONS, (some, others) => {
        const all = DurationHistogram.of(JSON.stringify(histogramOf(some)));
        all.merge(histogramOf(others));
        expect(all.toJSON()).toEqual(histogramOf([...some, ...others]).toJSON());
        for (const ms of others) all.add(ms, -1);
        expect(all.toJSON()).toEqual(histogramOf(some).toJSON());
      }),
    );
  });

  it('is 0 for what is empty, and counts negative and fractional durations as whole ones', () => {
    expect(histogramOf([]).quantile(0.5)).toBe(0);
    expect(histogramOf([-5, 0.4]).quantile(1)).toBe(0);
    expect(histogramOf([1, 2, 3]).count).toBe(3);
  });
});
