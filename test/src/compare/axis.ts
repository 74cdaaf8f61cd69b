/** A logarithmic axis: where a value stands, and where it is marked. */
export interface LogAxis {
  /** What is smaller or larger stands at the end. */
  readonly at: (value: number) => number;
  /** The powers of ten that it covers. */
  readonly ticks: readonly number[];
}

/** From a power of ten to another, drawn between two places. */
export const logAxis = (
  powers: readonly [from: number, to: number],
  places: readonly [from: number, to: number],
): LogAxis => {
  const [low, high] = powers;
  const [left, right] = places;
  const share = (value: number): number => (Math.log10(value) - low) / (high - low);
  return {
    at: (value) => left + (right - left) * Math.min(1, Math.max(0, share(value))),
    ticks: Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step)),
  };
};

/** The powers of ten that enclose all values above zero; `[0, 1]` when there is none. */
export const powersAround = (values: readonly number[]): [number, number] => {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  if (logs.length === 0) return [0, 1];
  const low = Math.floor(Math.min(...logs));
  return [low, Math.max(low + 1, Math.ceil(Math.max(...logs)))];
};
