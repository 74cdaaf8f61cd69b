import { seededRandom } from '@precedent/testkit';
import type { SeededRandom } from '@precedent/testkit';

/** A load of low and critical tasks, which arrive at random moments. */
export interface LoadOptions {
  readonly seed: number;
  readonly ms: number;
  readonly slots: number;
  /**
   * Low tasks that wait at the beginning. The first of them, as many as there are slots, are of all lengths, or all
   * slots would become free at the same moments.
   */
  readonly backlog: number;
  readonly lowPerSecond: number;
  readonly lowUnits: number;
  readonly urgentPerSecond: number;
  readonly urgentUnits: number;
}

export interface Arrival {
  /** Milliseconds after the beginning. */
  readonly at: number;
  readonly urgent: boolean;
  /** Of the work that its kind has, 0 to 1. */
  readonly share: number;
}

/**
 * The arrivals of a load, in order. The same seed gives the same; low tasks come at the same moments whatever urgent ones
 * come next to them, so that two loads can be compared task by task.
 */
export const arrivalsOf = (options: LoadOptions): Arrival[] => {
  const random = seededRandom(options.seed);
  const [lowRandom, urgentRandom] = [random.fork(), random.fork()];
  const backlog = Array.from({ length: options.backlog }, (_, number) => ({
    at: 0,
    urgent: false,
    share: Math.min(1, (number + 1) / options.slots),
  }));
  const low = momentsOf(options.lowPerSecond, options.ms, lowRandom);
  const urgent = momentsOf(options.urgentPerSecond, options.ms, urgentRandom);
  return [
    ...backlog,
    ...low.map((at) => ({ at, urgent: false, share: 1 })),
    ...urgent.map((at) => ({ at, urgent: true, share: 1 })),
  ].toSorted((a, b) => a.at - b.at);
};

/** Arrivals are independent of each other, as calls are, so the gaps are exponential. */
const momentsOf = (perSecond: number, untilMs: number, random: SeededRandom): number[] => {
  const moments: number[] = [];
  if (perSecond === 0) return moments;
  for (let at = 0; ;) {
    at += (-Math.log(1 - random.next()) * 1_000) / perSecond;
    if (at >= untilMs) return moments;
    moments.push(at);
  }
};
