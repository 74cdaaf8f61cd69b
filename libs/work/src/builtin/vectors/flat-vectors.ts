import { invalidField } from '../refusal.ts';
import type { Vectors } from './arithmetic.ts';

/** Vectors of one length, one behind the other, in memory that threads share, so that passing them copies nothing. */
export interface FlatVectors {
  readonly numbers: Float32Array;
  /** Numbers of one vector. */
  readonly dimensions: number;
}

/** Numbers of all vectors together: about 16 MB. */
export const NUMBERS_MAX = 4_000_000;

/** The vectors of a list. Throws INVALID_TASK for none, lengths that differ, too many, and numbers that 32 bits cannot hold. */
export const flatOf = (vectors: readonly ArrayLike<number>[], field = 'vectors'): FlatVectors => {
  const dimensions = vectors[0]?.length ?? 0;
  const count = vectors.length * dimensions;
  if (count > NUMBERS_MAX)
    throw invalidField(field, `expected at most ${NUMBERS_MAX} numbers together; got ${count}`);
  const numbers = new Float32Array(new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT));
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== dimensions)
      throw invalidField(
        `${field}.${i}`,
        `expected ${dimensions} numbers, as the first has; got ${vector.length}`,
      );
    numbers.set(vector, i * dimensions);
  }
  const bad = numbers.findIndex((number) => !Number.isFinite(number));
  if (bad < 0) return { numbers, dimensions };
  const [i, at] = [Math.floor(bad / dimensions), bad % dimensions];
  throw invalidField(
    `${field}.${i}.${at}`,
    `expected a number of 32 bits, up to 3.4e38; got ${vectors[i]?.[at]}`,
  );
};

export const vectorsIn = ({ numbers, dimensions }: FlatVectors): Vectors =>
  Array.from({ length: dimensions === 0 ? 0 : numbers.length / dimensions }, (_, i) =>
    numbers.subarray(i * dimensions, (i + 1) * dimensions),
  );
