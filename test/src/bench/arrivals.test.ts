import { describe, expect, it } from 'vitest';
import { arrivalsOf } from './arrivals.ts';
import type { LoadOptions } from './arrivals.ts';

const OPTIONS: LoadOptions = {
  seed: 3,
  ms: 100_000,
  slots: 4,
  backlog: 6,
  lowPerSecond: 20,
  lowUnits: 50,
  urgentPerSecond: 2,
  urgentUnits: 5,
};

describe('the arrivals of a load', () => {
  it('come in order, within the duration of the load, and at its rates', () => {
    const arrivals = arrivalsOf(OPTIONS);
    const moments = arrivals.map(({ at }) => at);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    expect(Math.max(...moments)).toBeLessThan(OPTIONS.ms);
    const urgent = arrivals.filter((one) => one.urgent).length;
    expect(urgent).toBeGreaterThan(160);
    expect(urgent).toBeLessThan(240);
    expect(arrivals.length - urgent).toBeGreaterThan(1_850);
    expect(arrivals.length - urgent).toBeLessThan(2_150);
  });

  it('are the same for the same seed, and differ for another', () => {
    expect(arrivalsOf(OPTIONS)).toEqual(arrivalsOf(OPTIONS));
    expect(arrivalsOf({ ...OPTIONS, seed: 4 })).not.toEqual(arrivalsOf(OPTIONS));
  });

  it('of low tasks do not depend on the urgent ones, and vice versa', () => {
    const some = (urgent: boolean, options: Partial<LoadOptions>) =>
      arrivalsOf({ ...OPTIONS, ...options }).filter((one) => one.urgent === urgent);
    expect(some(false, { urgentPerSecond: 0 })).toEqual(some(false, { urgentPerSecond: 10 }));
    expect(some(true, { lowPerSecond: 0 })).toEqual(some(true, { lowPerSecond: 10 }));
  });

  it('start with a backlog whose first tasks end one after the other', () => {
    const shares = arrivalsOf(OPTIONS)
      .filter(({ at }) => at === 0)
      .map(({ share }) => share);
    expect(shares).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  });
});
