import type { Point } from '@precedent/ports';

/** Points in one request. */
const POINTS_MAX = 500;
/** Bytes in one request, roughly: a server accepts 32 MB unless it is configured otherwise. */
const BYTES_MAX = 8_000_000;
/** Sign, digits, point and comma of one number of a vector. */
const NUMBER_BYTES = 12;

type SentPoint = Pick<Point, 'vector'> & { readonly payload?: object };

/** The points in their order, in batches that a server accepts. */
export const batchesOf = <P extends SentPoint>(points: readonly P[]): P[][] => {
  const batches: P[][] = [];
  let room = 0;
  for (const point of points) {
    const bytes = roughBytes(point);
    const last = batches.at(-1);
    if (last === undefined || last.length >= POINTS_MAX || bytes > room) {
      batches.push([point]);
      room = BYTES_MAX - bytes;
    } else {
      last.push(point);
      room -= bytes;
    }
  }
  return batches;
};

const roughBytes = ({ vector, payload = {} }: SentPoint): number =>
  vector.length * NUMBER_BYTES + JSON.stringify(payload).length * 2;

/**
 * A vector as it is sent: at length one, as Qdrant stores it for cosines, and with seven digits after the point. A 32-bit float
 * has no more, and its full decimal text would take twice the bytes.
 */
export const sentVector = (vector: Float32Array): number[] => {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const scale = 1e7 / Math.sqrt(squares);
  return Array.from(vector, (value) => Math.round(value * scale) / 1e7);
};
