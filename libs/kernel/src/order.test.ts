import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asc, desc, orderBy } from './order.ts';

interface Card {
  readonly rank: number;
  readonly at: number;
  readonly id: string;
}

/** Few values, so that the first orders tie often and the last one has to decide. */
const cards = fc.uniqueArray(
  fc.record({
    rank: fc.integer({ min: 0, max: 2 }),
    at: fc.integer({ min: 0, max: 2 }),
    id: fc.stringMatching(/^[a-z]{1,2}$/),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
);
const runOrder = orderBy<Card>(
  desc(({ rank }) => rank),
  asc(({ at }) => at),
  asc(({ id }) => id),
);

describe('orderBy', () => {
  it('lets the first order that tells two apart decide', () => {
    const sorted = [
      { rank: 1, at: 2, id: 'd' },
      { rank: 2, at: 9, id: 'b' },
      { rank: 1, at: 1, id: 'c' },
      { rank: 2, at: 9, id: 'a' },
    ].toSorted(runOrder);
    expect(sorted.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('never ties when its last key is unique, so that the input order does not matter', () => {
    fc.assert(
      fc.property(cards, fc.infiniteStream(fc.nat()), (given, chance) => {
        const shuffled = given
          .map((card) => ({ card, place: chance.next().value }))
          .toSorted(asc(({ place }) => place))
          .map(({ card }) => card);
        expect(shuffled.toSorted(runOrder)).toEqual(given.toSorted(runOrder));
      }),
    );
  });

  it('is antisymmetric, and equal only to itself', () => {
    fc.assert(
      fc.property(cards, (given) => {
        for (const a of given) {
          for (const b of given) {
            expect(Math.sign(runOrder(a, b)) + Math.sign(runOrder(b, a))).toBe(0);
            expect(runOrder(a, b) === 0).toBe(a === b);
          }
        }
      }),
    );
  });

  it('calls everything equal without any order', () => {
    expect(orderBy<number>()(1, 2)).toBe(0);
  });
});
