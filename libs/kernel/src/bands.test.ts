import { describe, expect, it } from 'vitest';
import { BANDS, ORIGINS, bandOf, defaultBand, isBand, rankOf } from './bands.ts';

describe('bands', () => {
  it('are four, and rank from the most patient to the most urgent', () => {
    expect(BANDS).toEqual(['low', 'normal', 'high', 'critical']);
    expect(BANDS.map(rankOf)).toEqual([0, 1, 2, 3]);
    expect(BANDS.map((band) => bandOf(rankOf(band)))).toEqual(BANDS);
  });

  it('are known by their names alone', () => {
    for (const band of BANDS) expect(isBand(band)).toBe(true);
    for (const other of ['LOW', 'urgent', '', 'toString', 0, undefined, null])
      expect(isBand(other)).toBe(false);
  });

  it('follow from where a task came from', () => {
    expect(ORIGINS.map((origin) => [origin, defaultBand(origin)])).toEqual([
      ['interactive', 'critical'],
      ['project', 'high'],
      ['api', 'normal'],
      ['background', 'low'],
    ]);
  });
});
