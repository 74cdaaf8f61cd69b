import { describe, expect, it } from 'vitest';
import { expectedTasks, sourcesOf } from './arrivals.ts';
import type { Source } from './arrivals.ts';
import type { Arrivals, GeneratedLoad, PlannedTask, Scenario } from './scenario.ts';

const aLoad = (arrivals: Arrivals, more: Partial<GeneratedLoad> = {}): GeneratedLoad => ({
  name: 'load',
  task: { band: 'normal', type: 'report' },
  fromMs: 0,
  untilMs: 60_000,
  arrivals,
  run: { kind: 'fixed', ms: 10 },
  stopMs: 0,
  ...more,
});

const aScenario = (loads: readonly GeneratedLoad[], more: Partial<Scenario> = {}): Scenario => ({
  name: 'test',
  durationMs: 60_000,
  drainMs: 0,
  seed: 1,
  workers: [],
  loads,
  recorded: [],
  faults: { crashesPerHour: 0, restartMs: 1, failureRate: 0, lostMessages: 0 },
  variants: [],
  ...more,
});

const allOf = (source: Source | undefined): PlannedTask[] => {
  const tasks: PlannedTask[] = [];
  for (let task = source?.(); task !== undefined; task = source?.()) tasks.push(task);
  return tasks;
};
const arrivalsOf = (scenario: Scenario): PlannedTask[] => sourcesOf(scenario).flatMap(allOf);

describe('made-up load', () => {
  it('arrives steadily from its beginning until its end', () => {
    const load = aLoad({ kind: 'steady', rate: 2 }, { fromMs: 1_000, untilMs: 3_000 });
    expect(arrivalsOf(aScenario([load])).map(({ id, atMs }) => [id, atMs])).toEqual([
      ['load-1', 1_000],
      ['load-2', 1_500],
      ['load-3', 2_000],
      ['load-4', 2_500],
    ]);
  });

  it('arrives in bursts', () => {
    const load = aLoad({ kind: 'burst', size: 2, everyMs: 25_000 });
    expect(arrivalsOf(aScenario([load])).map(({ atMs }) => atMs)).toEqual([
      0, 0, 25_000, 25_000, 50_000, 50_000,
    ]);
  });

  it('arrives at random times, in order, at about its rate', () => {
    const times = arrivalsOf(aScenario([aLoad({ kind: 'poisson', rate: 100 })])).map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs(times.length / 6_000 - 1)).toBeLessThan(0.05);
  });

  it('ends with the scenario, even when its own end is later', () => {
    const load = aLoad({ kind: 'steady', rate: 1 }, { untilMs: 600_000 });
    expect(arrivalsOf(aScenario([load], { durationMs: 5_000 }))).toHaveLength(5);
  });

  it('is the same in each run, and does not depend on other loads', () => {
    const one = aLoad({ kind: 'poisson', rate: 5 });
    const other = aLoad({ kind: 'poisson', rate: 9 }, { name: 'other' });
    const alone = arrivalsOf(aScenario([one]));
    const both = arrivalsOf(aScenario([other, one]));
    expect(both.filter(({ id }) => id.startsWith('load'))).toEqual(alone);
  });

  it.each<Arrivals>([
    { kind: 'steady', rate: 3 },
    { kind: 'burst', size: 7, everyMs: 9_000 },
  ])('of kind $kind brings as many as are expected of it', (arrivals) => {
    const load = aLoad(arrivals, { fromMs: 4_000, untilMs: 50_000 });
    expect(arrivalsOf(aScenario([load]))).toHaveLength(expectedTasks(load, 60_000));
  });
});
