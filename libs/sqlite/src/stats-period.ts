import type { EpochMs } from '@precedent/kernel';
import { HOUR_MS, MINUTE_MS, WIDTHS } from './statistics-table.ts';

/** From inclusive, to exclusive; absent: open. `bucketMs`: cut into pieces of this length. */
export interface Period {
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  readonly bucketMs?: number | undefined;
}

/** A period that is cut into pieces. */
export type Pieces = { readonly [K in keyof Period]-?: NonNullable<Period[K]> };

/** Counted periods of one width that follow each other without a gap. */
export interface Span {
  readonly width: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * The shortest period that contains this one, and begins, ends and is cut where counted periods do: at minutes, and at hours where it
 * begins or ends before `minutesFrom`.
 */
export const wholePeriod = ({ since, until, bucketMs }: Period, minutesFrom: EpochMs): Period => {
  const widthAt = (time: EpochMs): number => (time < minutesFrom ? HOUR_MS : MINUTE_MS);
  const [first, last] = [widthAt(since ?? minutesFrom), widthAt(until ?? minutesFrom)];
  return {
    ...(since !== undefined && { since: floorTo(since, first) }),
    ...(until !== undefined && { until: ceilTo(until, bucketMs === undefined ? last : first) }),
    ...(bucketMs !== undefined && { bucketMs: ceilTo(bucketMs, first) }),
  };
};

/** Covers a whole period with as few spans as possible: the longest periods in the middle. */
export const spansOf = ({ since = 0, until = Number.MAX_SAFE_INTEGER }: Period): Span[] =>
  covered(since, until, WIDTHS);

const covered = (from: EpochMs, to: EpochMs, [width, ...shorter]: readonly number[]): Span[] => {
  if (width === undefined || from >= to) return [];
  // An open end is at no border: the longest periods reach it.
  const [first, last] = [ceilTo(from, width), to === Number.MAX_SAFE_INTEGER ? to : floorTo(to, width)];
  if (first >= last) return covered(from, to, shorter);
  return [...covered(from, first, shorter), { width, from: first, to: last }, ...covered(last, to, shorter)];
};

/** The longest counted periods that a whole piece, and the beginning and the end of all pieces, consist of. */
export const widthOf = ({ since, until, bucketMs }: Pieces): number =>
  WIDTHS.find((width) => [since, until, bucketMs].every((time) => time % width === 0)) ?? MINUTE_MS;

const floorTo = (time: number, width: number): number => Math.floor(time / width) * width;
const ceilTo = (time: number, width: number): number => Math.ceil(time / width) * width;
