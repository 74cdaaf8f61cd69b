import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

describe('backoffMs', () => {
  it('waits the first time for the first repeat, and twice as long for each one after it', () => {
    expect([0, 1, 2, 3].map((repeat) => backoffMs(repeat, 50, 1_000))).toEqual([50, 100, 200, 400]);
  });

  it('never waits longer than the maximum, however many repeats there were', () => {
    expect([4, 5, 1_000, 1e9].map((repeat) => backoffMs(repeat, 50, 1_000))).toEqual([
      800, 1_000, 1_000, 1_000,
    ]);
  });

  it('waits no shorter than the first time before the first repeat', () => {
    expect(backoffMs(-1, 50, 1_000)).toBe(50);
  });

  it('multiplies by another factor where one is given', () => {
    expect([0, 1, 2].map((repeat) => backoffMs(repeat, 10, 1_000, 3))).toEqual([10, 30, 90]);
  });

  it('stays at 0 for a first time of 0, also where the power is no longer a finite number', () => {
    expect(backoffMs(2_000, 0, 1_000, 10)).toBe(0);
  });
});
