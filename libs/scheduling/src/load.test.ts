import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BANDS } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import { loadAdmission } from './load.ts';

const ranks = fc.constantFrom<BandRank>(0, 1, 2, 3);
const limits = fc.record({
  recommended: fc.integer({ min: 1, max: 20 }),
  throttled: fc.subarray([...BANDS]),
});
const occupancies = fc.record({ busy: fc.nat(20), highest: fc.option(ranks, { nil: undefined }) });

describe('loadAdmission', () => {
  it('never holds back a band above everything that runs, an urgent band, or any where nothing runs', () => {
    fc.assert(
      fc.property(ranks, limits, occupancies, (band, limit, occupancy) => {
        const { highest } = occupancy;
        const { admits } = loadAdmission(band, limit, occupancy);
        if (highest === undefined || band > highest || band >= 2) expect(admits).toBe(true);
      }),
    );
  });

  it('holds back every lower band where it holds back one', () => {
    fc.assert(
      fc.property(limits, occupancies, (limit, occupancy) => {
        const admitted = ([0, 1, 2, 3] as const).map((band) => loadAdmission(band, limit, occupancy).admits);
        const isMonotone = admitted.every(
          (admits, band) => admits || !admitted.slice(0, band).includes(true),
        );
        expect(isMonotone).toBe(true);
      }),
    );
  });

  it('holds nothing back on a machine that says nothing', () => {
    expect(loadAdmission(0, undefined, { busy: 10, highest: 3 })).toEqual({ admits: true });
  });

  it('says whether it is the band or the number of tasks', () => {
    const occupancy = { busy: 2, highest: 1 } as const;
    expect(loadAdmission(0, { recommended: 5, throttled: ['low'] }, occupancy)).toEqual({
      admits: false,
      reason: 'band',
    });
    expect(loadAdmission(1, { recommended: 2, throttled: ['low'] }, occupancy)).toEqual({
      admits: false,
      reason: 'slots',
    });
    expect(loadAdmission(1, { recommended: 3, throttled: ['low'] }, occupancy)).toEqual({ admits: true });
  });
});
