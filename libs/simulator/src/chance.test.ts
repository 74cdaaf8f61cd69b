import { describe, expect, it } from 'vitest';
import { chanceFor, runTimeOf } from './chance.ts';
import type { RunTime } from './scenario.ts';

const KINDS: readonly RunTime[] = [
  { kind: 'fixed', ms: 700 },
  { kind: 'exponential', meanMs: 700 },
  { kind: 'lognormal', medianMs: 500, sigma: 0.8 },
  { kind: 'uniform', minMs: 200, maxMs: 1_200 },
];

describe('chance for a purpose', () => {
  it('is the same for the same seed and purpose, and another one otherwise', () => {
    const drawn = (seed: number, purpose: string): number => chanceFor(seed, purpose).next();
    expect(drawn(1, 'load a')).toBe(drawn(1, 'load a'));
    expect(new Set([drawn(1, 'load a'), drawn(2, 'load a'), drawn(1, 'load b')]).size).toBe(3);
  });
});

describe('run times', () => {
  it.each(KINDS)('of kind $kind are whole, positive, and have the mean that they name', (run) => {
    const random = chanceFor(1, run.kind);
    const times = Array.from({ length: 40_000 }, () => runTimeOf(run, random));
    expect(times.every((ms) => Number.isInteger(ms) && ms >= 1)).toBe(true);
    const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    expect(Math.abs(mean / meanMsOf(run) - 1)).toBeLessThan(0.03);
  });

  it('of a uniform kind stay within their bounds', () => {
    const random = chanceFor(3, 'u');
    const times = Array.from({ length: 5_000 }, () =>
      runTimeOf({ kind: 'uniform', minMs: 5, maxMs: 9 }, random),
    );
    expect([Math.min(...times), Math.max(...times)]).toEqual([5, 9]);
  });
});

/** The mean that many draws come near to. */
const meanMsOf = (run: RunTime): number => {
  switch (run.kind) {
    case 'fixed':
      return run.ms;
    case 'exponential':
      return run.meanMs;
    case 'lognormal':
      return run.medianMs * Math.exp(run.sigma ** 2 / 2);
    case 'uniform':
      return (run.minMs + run.maxMs) / 2;
  }
};
