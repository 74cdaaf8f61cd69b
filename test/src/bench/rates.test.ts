import { describe, expect, it } from 'vitest';
import { shareOfLast } from './rates.ts';

/** One sample a second, at these tasks per second. */
const samplesOf = (rates: readonly number[]) => {
  let settled = 0;
  return [
    { ms: 0, settled: 0 },
    ...rates.map((rate, n) => ({ ms: (n + 1) * 1_000, settled: (settled += rate) })),
  ];
};

const repeated = (seconds: number, rate: number): number[] => Array.from({ length: seconds }, () => rate);

describe('the share of the last minute', () => {
  it('is one at a steady rate', () => {
    expect(shareOfLast(samplesOf(repeated(600, 20_000)))).toBeCloseTo(1);
  });

  it('compares the last minute with the first one, whatever happened in between', () => {
    const rates = [...repeated(60, 20_000), ...repeated(480, 1), ...repeated(60, 15_000)];
    expect(shareOfLast(samplesOf(rates))).toBeCloseTo(0.75);
  });

  it('compares the last sixth with the first one when the run is short', () => {
    const rates = [...repeated(10, 20_000), ...repeated(40, 1), ...repeated(10, 10_000)];
    expect(shareOfLast(samplesOf(rates))).toBeCloseTo(0.5);
  });
});
