import type { SeededRandom } from '@precedent/kernel';
import { chanceFor, exponential, runTimeOf } from './chance.ts';
import type { Arrivals, GeneratedLoad, PlannedTask, Scenario } from './scenario.ts';

/** Tasks in the order of their arrival, each made when it is requested; `undefined` when there are no more. */
export type Source = () => PlannedTask | undefined;

/** Everything that will arrive, load by load. The same for every policy. */
export const sourcesOf = ({ loads, recorded, seed, durationMs }: Scenario): Source[] => [
  ...loads.map((load) => madeUp(load, seed, durationMs)),
  ...(recorded.length === 0 ? [] : [listed(recorded)]),
];

/** How many tasks a load brings, on average. */
export const expectedTasks = ({ arrivals, fromMs, untilMs }: GeneratedLoad, durationMs: number): number => {
  const ms = Math.max(0, Math.min(untilMs, durationMs) - fromMs);
  if (arrivals.kind === 'burst') return arrivals.size * Math.ceil(ms / arrivals.everyMs);
  return (arrivals.rate * ms) / 1_000;
};

const listed = (tasks: readonly PlannedTask[]): Source => {
  let index = 0;
  return () => tasks[index++];
};

const madeUp = (load: GeneratedLoad, seed: number, durationMs: number): Source => {
  const random = chanceFor(seed, `load ${load.name}`);
  const nextAt = timesOf(load.arrivals, load.fromMs, random);
  const end = Math.min(load.untilMs, durationMs);
  const { name, task, checkpoint, stopMs } = load;
  let count = 0;
  return () => {
    const atMs = Math.round(nextAt());
    if (atMs >= end) return undefined;
    return {
      id: `${name}-${++count}`,
      atMs,
      task,
      workMs: runTimeOf(load.run, random),
      checkpoint,
      stopMs,
    };
  };
};

const timesOf = (arrivals: Arrivals, fromMs: number, random: SeededRandom): (() => number) => {
  if (arrivals.kind === 'burst') return bursts(arrivals.size, arrivals.everyMs, fromMs);
  const gapMs = 1_000 / arrivals.rate;
  let at = fromMs;
  if (arrivals.kind === 'steady') return () => (at += gapMs) - gapMs;
  return () => (at += exponential(random, gapMs));
};

const bursts = (size: number, everyMs: number, fromMs: number): (() => number) => {
  let count = 0;
  return () => fromMs + Math.floor(count++ / size) * everyMs;
};
