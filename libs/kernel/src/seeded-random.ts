/** Reproducible random numbers: the same seed gives the same numbers on every machine. */
export interface SeededRandom {
  readonly seed: number;
  /** In [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** One of the elements. Throws for an empty list. */
  pick<T>(from: readonly T[]): T;
  /** `true` with this probability. */
  chance(probability: number): boolean;
  /** The elements in another order; the list stays as it is. */
  shuffle<T>(list: readonly T[]): T[];
  /** A stream of its own, so that one consumer's draws do not move another's. */
  fork(): SeededRandom;
}

/** mulberry32: 32 bits of state, fast, and good enough to drive a simulation. Not for secrets. */
export const seededRandom = (seed: number): SeededRandom => {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    seed,
    next,
    int,
    pick: (from) => picked(from, int(0, from.length - 1)),
    chance: (probability) => next() < probability,
    shuffle: (list) => shuffled(list, int),
    fork: () => seededRandom(int(0, 0xffffffff)),
  };
};

const picked = <T>(from: readonly T[], index: number): T => {
  if (from.length === 0) throw new Error('nothing to pick from');
  return from[index] as T;
};

const shuffled = <T>(list: readonly T[], int: (min: number, max: number) => number): T[] => {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = int(0, i);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
};
