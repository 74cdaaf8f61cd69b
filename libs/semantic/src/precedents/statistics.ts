/** A value and how much it counts. */
export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** 1 now, a half at the half-life, and so on. Milliseconds. */
export const recencyWeight = (ageMs: number, halfLifeMs: number): number =>
  2 ** (-Math.max(0, ageMs) / halfLifeMs);

/** How many equal ones these weights are worth (Kish). */
export const effectiveCount = (weights: readonly number[]): number => {
  const sum = weights.reduce((a, b) => a + b, 0);
  const squares = weights.reduce((a, b) => a + b * b, 0);
  return squares === 0 ? 0 : (sum * sum) / squares;
};

/**
 * The weighted quantile, between neighbours in proportion. Few values know little of the ends, so the place is that of the *next*
 * value among them (`q (n + 1)`), and beyond the outermost it goes on at the slope of the values. Values must not be empty.
 */
export const quantile = (values: readonly Weighted[], q: number): number => {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const n = effectiveCount(sorted.map(({ weight }) => weight));
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  // Places of the values, of n in all: each stands in the middle of its own weight.
  let passed = 0;
  const places = sorted.map(({ value, weight }) => {
    const at = ((passed + weight / 2) / total) * n + 0.5;
    passed += weight;
    return { value, at };
  });
  return between(places, q * (n + 1));
};

interface Place {
  readonly value: number;
  readonly at: number;
}

const between = (places: readonly Place[], wanted: number): number => {
  const [first, last] = [places[0], places.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  if (wanted <= first.at) return first.value;
  for (let i = 1; i < places.length; i++) {
    const [low, high] = [places[i - 1], places[i]];
    if (low === undefined || high === undefined || wanted > high.at) continue;
    return low.value + ((wanted - low.at) / Math.max(1e-9, high.at - low.at)) * (high.value - low.value);
  }
  return last.value;
};

interface Interval {
  readonly low: number;
  readonly high: number;
}

const Z95 = 1.959964;

/** The Wilson interval of a share at 95 %: never outside 0 to 1, and honest with few cases. Counts may be weighted. */
export const wilson = (hits: number, cases: number): Interval => {
  if (cases <= 0) return { low: 0, high: 1 };
  const share = hits / cases;
  const z2 = Z95 * Z95;
  const middle = (share + z2 / (2 * cases)) / (1 + z2 / cases);
  const half = (Z95 / (1 + z2 / cases)) * Math.sqrt((share * (1 - share)) / cases + z2 / (4 * cases * cases));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
};

export const median = (values: readonly number[]): number | undefined => {
  if (values.length === 0) return undefined;
  return quantile(
    values.map((value) => ({ value, weight: 1 })),
    0.5,
  );
};
