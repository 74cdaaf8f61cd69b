import type { EpochMs } from '@precedent/kernel';
import type { TickSource } from './tick-source.ts';
import type { Tick } from './ticks.ts';

/** The next ticks behind a moment, at most `count`. */
export const ticksFrom = (ticks: TickSource, after: EpochMs, count: number): readonly Tick[] => {
  const found: Tick[] = [];
  for (let tick = ticks(after); tick !== undefined && found.length < count; tick = ticks(tick.at))
    found.push(tick);
  return found;
};
