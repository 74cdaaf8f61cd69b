import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeIn, sequenceText } from './sequence.ts';

const places = fc.record({
  entry: fc.oneof(fc.nat(200), fc.nat(1e12)),
  index: fc.oneof(fc.nat(20), fc.nat(65_535)),
});

describe('a sequence', () => {
  it('is ordered as text in the order of the journal', () => {
    fc.assert(
      fc.property(places, places, (a, b) => {
        const isBefore = a.entry < b.entry || (a.entry === b.entry && a.index < b.index);
        expect(sequenceText(a.entry, a.index) < sequenceText(b.entry, b.index)).toBe(isBefore);
      }),
    );
  });

  it('names its place', () => {
    fc.assert(
      fc.property(places, ({ entry, index }) => {
        expect(placeIn(sequenceText(entry, index))).toEqual({ entry, index });
      }),
    );
  });

  it('is no other text', () => {
    for (const text of ['', '1.2', '0000000000001.00002 ', '-000000000001.00002', '0000000000001,00002'])
      expect(placeIn(text)).toBeUndefined();
  });
});
