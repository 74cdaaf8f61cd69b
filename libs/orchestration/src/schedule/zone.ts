import type { EpochMs } from '@precedent/kernel';
import type { WallMs } from './next-wall.ts';

/** When the clocks of a place are set to another offset. */
export interface ClockChange {
  readonly at: EpochMs;
  /** Milliseconds that the wall is ahead of UTC, before and after. */
  readonly before: number;
  readonly after: number;
}

/** The clocks of a place. */
export interface Zone {
  /** Milliseconds that the wall is ahead of UTC. */
  readonly offsetAt: (at: EpochMs) => number;
  /** The first transition behind `after`, up to and with `until`. */
  readonly transitionIn: (after: EpochMs, until: EpochMs) => ClockChange | undefined;
}

export const UTC: Zone = { offsetAt: () => 0, transitionIn: () => undefined };

/** The instants at which the wall of a zone shows a time: none in a gap, two in an overlap. */
export const instantsOf = (zone: Zone, wall: WallMs): readonly EpochMs[] => {
  const offsets = [zone.offsetAt(wall - SPAN_MS), zone.offsetAt(wall + SPAN_MS)];
  return [...new Set(offsets)]
    .map((offset) => wall - offset)
    .filter((at) => at + zone.offsetAt(at) === wall)
    .toSorted((a, b) => a - b);
};

/** No wall is further from UTC. */
const SPAN_MS = 26 * 3_600_000;
