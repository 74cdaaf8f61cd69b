import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ulids } from './ulid.ts';

/** Clocks that stand still, jump and step back, and have fractions: collisions are the point. */
const clock = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: 0, max: 2, noNaN: true }), fc.nat(2 ** 48)),
  {
    minLength: 2,
    maxLength: 60,
  },
);
/** Generators of chance from nought to almost one, the ends included. */
const chance = fc.oneof(
  fc.constant(() => 0),
  fc.constant(() => 1 - Number.EPSILON),
  fc
    .infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
    .map((stream) => () => Number(stream.next().value)),
);

describe('ulids', () => {
  it('rise strictly, whatever the clock and chance do', () => {
    fc.assert(
      fc.property(clock, chance, (times, random) => {
        const next = ulids(random);
        const ids = times.map((at) => next(at));
        expect(ids.toSorted()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  it('have 26 characters of Crockford base 32', () => {
    fc.assert(
      fc.property(clock, chance, (times, random) => {
        const next = ulids(random);
        for (const at of times) expect(next(at)).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
      }),
    );
  });

  it('begin with their time', () => {
    const next = ulids(() => 0);
    expect(next(0)).toBe('00000000000000000000000000');
    // The example of the specification.
    expect(next(1_469_918_176_385).slice(0, 10)).toBe('01ARYZ6S41');
  });

  it('count up within a millisecond, and carry', () => {
    const next = ulids(() => 31 / 32 - Number.EPSILON);
    expect([next(5), next(5), next(5)].map((id) => id.slice(10))).toEqual([
      'YYYYYYYYYYYYYYYY',
      'YYYYYYYYYYYYYYYZ',
      'YYYYYYYYYYYYYYZ0',
    ]);
  });

  it('go on in the next millisecond when one is used up', () => {
    const next = ulids(() => 31 / 32);
    expect([next(5), next(5)]).toEqual(['0000000005ZZZZZZZZZZZZZZZZ', '00000000060000000000000000']);
  });
});
