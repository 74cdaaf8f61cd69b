/** A value and its weight. */
export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** 1 at age 0, 0.5 at the half-life. Milliseconds. */
export const recencyWeight = (ageMs: number, halfLifeMs: number): number =>
  2 ** (-Math.max(0, ageMs) / halfLifeMs);

/** The effective sample size of the weights (Kish). */
export const effectiveCount = (weights: readonly number[]): number => {
  const sum = weights.reduce((a, b) => a + b, 0);
  const squares = weights.reduce((a, b) => a + b * b, 0);
  return squares === 0 ? 0 : (sum * sum) / squares;
};

/**
 * The weighted quantile with linear interpolation at position `q (n + 1)`, clamped to the smallest and the largest value. Values must not
 * be empty.
 */
export const quantile = (values: readonly Weighted[], q: number): number => {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const n = effectiveCount(sorted.map(({ weight }) => weight));
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  // The position of each value among n is the middle of its own weight.
  let passed = 0;
  const positions = sorted.map(({ value, weight }) => {
    const at = ((passed + weight / 2) / total) * n + 0.5;
    passed += weight;
    return { value, at };
  });
  return between(positions, q * (n + 1));
};

interface Position {
  readonly value: number;
  readonly at: number;
}

const between = (positions: readonly Position[], wanted: number): number => {
  const [first, last] = [positions[0], positions.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  if (wanted <= first.at) return first.value;
  for (let i = 1; i < positions.length; i++) {
    const [low, high] = [positions[i - 1], positions[i]];
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

/** The 95 % Wilson interval of a share, always within 0 to 1 and wide with few cases. Counts may be weighted. */
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
