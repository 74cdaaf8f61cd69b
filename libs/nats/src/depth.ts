/** Levels of arrays and objects in one another that a payload or a result may have. */
export const DEPTH_MAX = 256;

/** A text this short cannot be nested too deeply: every level takes two characters. */
const SHORT_BYTES = 2 * DEPTH_MAX;

/**
 * Whether a value that came as JSON of `bytes` is nested deeper than can be handled: parsing has no limit, but checking and writing
 * it again call themselves for each level, and would run out of stack.
 */
export const isTooDeep = (value: unknown, bytes: number): boolean =>
  bytes > SHORT_BYTES && isDeeperThan(value, DEPTH_MAX);

const isDeeperThan = (value: unknown, levels: number): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const inner = Array.isArray(value) ? value : Object.values(value);
  return inner.some((one) => isDeeperThan(one, levels - 1));
};
