import type { Point } from '@precedent/ports';

/** Points in one request. */
const POINTS_MAX = 500;
/** Bytes in one request, roughly: a server takes 32 MB unless it is configured otherwise. */
const BYTES_MAX = 8_000_000;
/** Sign, digits, point and comma of one number of a vector. */
const NUMBER_BYTES = 12;

type Sent = Pick<Point, 'vector'> & { readonly payload?: object };

/** The points in their order, cut to requests that a server takes. */
export const batchesOf = <P extends Sent>(points: readonly P[]): P[][] => {
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

const roughBytes = ({ vector, payload = {} }: Sent): number =>
  vector.length * NUMBER_BYTES + JSON.stringify(payload).length * 2;

/**
 * A vector as it is sent: at length one, which is how it is kept for cosines, and with seven digits behind the point. A float has
 * no more, but written in full it would take twice the bytes.
 */
export const sentVector = (vector: Float32Array): number[] => {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const scale = 1e7 / Math.sqrt(squares);
  return Array.from(vector, (value) => Math.round(value * scale) / 1e7);
};
