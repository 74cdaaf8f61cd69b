import fc from 'fast-check';
import type { Spread } from './spread.ts';

/** Some are all the same, and some of no length. */
export const spreads: fc.Arbitrary<Spread> = fc
  .tuple(fc.nat(50_000), fc.nat(50_000), fc.nat(50_000))
  .chain(([p10, more, most]) =>
    fc.constantFrom(
      { p10, p50: p10 + more, p90: p10 + more + most },
      { p10, p50: p10, p90: p10 },
      { p10: 0, p50: 0, p90: more },
    ),
  );
