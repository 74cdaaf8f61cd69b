import { hash53, seededRandom } from '@precedent/kernel';
import type { SeededRandom } from '@precedent/kernel';
import type { RunTime } from './scenario.ts';

/** Chance for one purpose: what others draw, or how often, does not move it. */
export const chanceFor = (seed: number, purpose: string): SeededRandom =>
  seededRandom(hash53(`${seed} ${purpose}`) | 0);

/** Exponentially distributed with this mean. */
export const exponential = (random: SeededRandom, mean: number): number =>
  -Math.log(1 - random.next()) * mean;

/** How long the work of one task takes: whole milliseconds, at least one. */
export const runTimeOf = (run: RunTime, random: SeededRandom): number =>
  Math.max(1, Math.round(drawn(run, random)));

const drawn = (run: RunTime, random: SeededRandom): number => {
  switch (run.kind) {
    case 'fixed':
      return run.ms;
    case 'exponential':
      return exponential(random, run.meanMs);
    case 'lognormal':
      return run.medianMs * Math.exp(run.sigma * standardNormal(random));
    case 'uniform':
      return run.minMs + random.next() * (run.maxMs - run.minMs);
  }
};

/** Box and Muller; the second of the pair is thrown away, so that every draw costs the same two numbers. */
const standardNormal = (random: SeededRandom): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
