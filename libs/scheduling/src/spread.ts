/** What is believed of a duration: one in ten is shorter than `p10`, one in ten longer than `p90`. Milliseconds. */
export interface Spread {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

type Knot = readonly [share: number, logMs: number];

/** Durations spread by factors, so it is the logarithm that goes on evenly between what is known; beyond, at the last slope. */
const knotsOf = ({ p10, p50, p90 }: Spread): readonly [Knot, ...Knot[]] => {
  const log = (ms: number): number => Math.log(Math.max(1, ms));
  const [low, middle, high] = [log(p10), log(p50), log(p90)];
  return [
    [0, low - (middle - low) / 4],
    [0.1, low],
    [0.5, middle],
    [0.9, high],
    [1, high + (high - middle) / 4],
  ];
};

/** From one scale to the other by its knots, in rising order; held at both ends. */
const between = ([first, ...rest]: readonly [Knot, ...Knot[]], x: number, from: 0 | 1): number => {
  const to = from === 0 ? 1 : 0;
  let before = first;
  if (x <= before[from]) return before[to];
  for (const knot of rest) {
    if (x <= knot[from])
      return before[to] + ((x - before[from]) / (knot[from] - before[from])) * (knot[to] - before[to]);
    before = knot;
  }
  return before[to];
};

/**
 * How much longer something runs that has run for `ranMs`: of those like it, only they count that ran as long. `undefined` when nine in
 * ten have ended by then: what is overdue may end at any time, or never.
 */
export const remainingAfter = (duration: Spread, ranMs: number): Spread | undefined => {
  if (ranMs > duration.p90) return undefined;
  const knots = knotsOf(duration);
  const passed = between(knots, Math.log(Math.max(1, ranMs)), 1);
  const at = (q: number): number =>
    Math.max(0, Math.round(Math.exp(between(knots, passed + q * (1 - passed), 0)) - ranMs));
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
};
