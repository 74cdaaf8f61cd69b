import type { EpochMs } from '@precedent/kernel';
import type { WallMs } from './next-wall.ts';
import { instantsOf } from './zone.ts';
import type { ClockChange, Zone } from './zone.ts';

/** What to do with times that the clocks skip, and with times that they show twice. */
export interface TransitionPolicy {
  /** `next`: it comes at the end of the gap; `skip`: it does not come. */
  readonly gap: 'next' | 'skip';
  readonly overlap: 'first' | 'last' | 'both';
}

/** A moment at which a schedule is due. */
export interface Tick {
  readonly at: EpochMs;
  /** What the wall shows, or would have shown in a gap. */
  readonly wall: WallMs;
  /** What a change of the clocks did to it: it was moved out of a gap, or its time is there twice. */
  readonly moved?: 'gap' | 'first' | 'last' | undefined;
}

/** Times on a wall, in order: the first one behind another. */
export type NextWall = (after: WallMs) => WallMs | undefined;

/** The first tick behind a moment. Between two transitions a wall runs evenly, so it is found in one step; each transition is a step more. */
export const tickAfter = (
  next: NextWall,
  { zone, policy }: { readonly zone: Zone; readonly policy: TransitionPolicy },
  after: EpochMs,
): Tick | undefined => {
  let from = after;
  let wall = next(from + zone.offsetAt(from));
  while (wall !== undefined) {
    const at = wall - zone.offsetAt(from);
    const transition = zone.transitionIn(from, at);
    if (transition === undefined) {
      const tick = { at, wall, ...occurrenceOf(zone, wall, at) };
      if (isWanted(tick, policy)) return tick;
      from = at;
      wall = next(endOfRefused(zone, tick));
    } else {
      const moved = gapTick(transition, wall, policy);
      if (moved) return moved;
      // The wall of the time after the transition begins here; the first moment of it counts.
      from = transition.at;
      wall = next(transition.at + transition.after - 1);
    }
  }
  return undefined;
};

/** Times in a gap are one tick at its end; where the pattern names the end as well, it is that tick. */
const gapTick = (
  { at, before, after }: ClockChange,
  wall: WallMs,
  { gap }: TransitionPolicy,
): Tick | undefined =>
  gap === 'next' && wall >= at + before && wall < at + after ? { at, wall, moved: 'gap' } : undefined;

const occurrenceOf = (zone: Zone, wall: WallMs, at: EpochMs): Pick<Tick, 'moved'> => {
  const instants = instantsOf(zone, wall);
  return instants.length < 2 ? {} : { moved: at === instants[0] ? 'first' : 'last' };
};

const isWanted = ({ moved }: Tick, { overlap }: TransitionPolicy): boolean =>
  overlap === 'both' || (moved !== 'first' && moved !== 'last') || moved === overlap;

/** The last time on the wall of the part of an overlap that does not count. */
const endOfRefused = (zone: Zone, { at, wall }: Tick): WallMs => {
  const [first = at, last = at] = instantsOf(zone, wall);
  const transition = zone.transitionIn(first, last);
  return transition === undefined ? wall : transition.at + transition.before - 1;
};
