/** The value that a share `q` (0 to 1) of the values do not exceed, by the nearest rank. NaN when there are none. */
export const percentile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.min(sorted.length, Math.max(1, Math.ceil(q * sorted.length)));
  return sorted[rank - 1] ?? Number.NaN;
};

/** The middle value; of an even number of values the mean of the two in the middle. NaN when there are none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return Number.isInteger(middle) ? (low + (sorted[middle] ?? Number.NaN)) / 2 : low;
};

/** NaN of nothing. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Four significant digits, and whole numbers from a thousand on: more would be noise. */
export const rounded = (value: number): number =>
  Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));

/** Figures of one run, by name; the unit is the end of the name. */
export type Figures = Readonly<Record<string, number>>;

/** The same under other names. */
export const prefixed = (prefix: string, figures: Figures = {}): Figures =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}${name}`, value]));

/** The median of each figure over several runs; a figure that a run lacks is the median of the others. */
export const medians = (runs: readonly Figures[]): Figures => {
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  const valuesOf = (name: string): number[] =>
    runs.map((run) => run[name]).filter((value) => value !== undefined);
  return Object.fromEntries([...names].map((name) => [name, rounded(median(valuesOf(name)))]));
};

/** `p50` and `p99` of latencies, in milliseconds. */
export const latencyFigures = (prefix: string, ms: readonly number[]): Figures => ({
  [`${prefix}p50_ms`]: percentile(ms, 0.5),
  [`${prefix}p99_ms`]: percentile(ms, 0.99),
});
