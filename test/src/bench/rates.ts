import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import { settledIn } from './wait-for.ts';

/** How many tasks were settled after so many milliseconds. */
export interface RateSample {
  readonly ms: number;
  readonly settled: number;
}

const SAMPLE_MS = 1_000;
const WINDOW_MS = 60_000;
/** A run of less than six minutes is measured by its first and its last sixth. */
const WINDOW_SHARE = 6;

/** Settled tasks, once a second until the work ends; `onProgress` gets their number. */
export const sampleRates = async (
  client: Client,
  work: Promise<unknown>,
  onProgress: (settled: number) => void,
): Promise<RateSample[]> => {
  let isOver = false;
  const over = work.then(() => (isOver = true));
  const [begin, before] = [performance.now(), settledIn(await client.status())];
  const samples: RateSample[] = [{ ms: 0, settled: 0 }];
  while (!isOver) {
    await Promise.race([pause(SAMPLE_MS), over]);
    const settled = settledIn(await client.status()) - before;
    samples.push({ ms: performance.now() - begin, settled });
    if (samples.length % 15 === 0) onProgress(settled);
  }
  return samples;
};

/** The rate of the last minute as a share of that of the first one. */
export const shareOfLast = (samples: readonly RateSample[]): number => {
  const end = samples.at(-1)?.ms ?? 0;
  const window = Math.min(WINDOW_MS, end / WINDOW_SHARE);
  return rateOf(samples, end - window, end) / rateOf(samples, 0, window);
};

/** Tasks per millisecond between the samples nearest to two moments. */
const rateOf = (samples: readonly RateSample[], from: number, to: number): number => {
  const [first, last] = [nearest(samples, from), nearest(samples, to)];
  return (last.settled - first.settled) / (last.ms - first.ms);
};

const nearest = (samples: readonly RateSample[], ms: number): RateSample =>
  samples.reduce((best, one) => (Math.abs(one.ms - ms) < Math.abs(best.ms - ms) ? one : best), {
    ms: 0,
    settled: 0,
  });
