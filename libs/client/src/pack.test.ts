import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BANDS } from '@precedent/kernel';
import type { Draft } from './draft.ts';
import type { Parcel } from './pack.ts';
import { Packer } from './pack.ts';

const drafts = fc
  .array(fc.record({ band: fc.constantFrom(...BANDS), chars: fc.integer({ min: 1, max: 60 }) }))
  .map((rows) =>
    rows.map(({ band, chars }, index): Draft => ({ index, id: `t${index}`, band, text: 'x'.repeat(chars) })),
  );

const packed = (all: readonly Draft[], chunk: number, maxChars: number): Parcel[] => {
  const packer = new Packer({ chunk, maxChars });
  const full = all.map((draft) => packer.add(draft)).filter((parcel) => parcel !== undefined);
  return [...full, ...packer.rest()];
};

describe('the packer', () => {
  it('sends every task once, in the order of its band, within the limits', () => {
    fc.assert(
      fc.property(
        drafts,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 20, max: 100 }),
        (all, chunk, maxChars) => {
          const parcels = packed(all, chunk, maxChars);
          for (const band of BANDS) {
            const sent = parcels.filter((parcel) => parcel.band === band).flatMap((parcel) => parcel.drafts);
            expect(sent).toEqual(all.filter((draft) => draft.band === band));
          }
          for (const { drafts: inside } of parcels) {
            const chars = inside.reduce((sum, { text }) => sum + text.length + 1, 0);
            expect(inside.length).toBeGreaterThan(0);
            expect(inside.length).toBeLessThanOrEqual(chunk);
            if (inside.length > 1) expect(chars).toBeLessThanOrEqual(maxChars);
          }
        },
      ),
    );
  });

  it('gives what is left with the most urgent band first', () => {
    const all = BANDS.map((band, index): Draft => ({ index, id: band, band, text: '{}' }));
    expect(packed(all, 10, 100).map(({ band }) => band)).toEqual(['critical', 'high', 'normal', 'low']);
  });
});
