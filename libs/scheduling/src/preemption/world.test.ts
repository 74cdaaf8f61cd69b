import type { BandRank } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amounts } from './builders.arbitraries.ts';
import { DIMENSIONS, goesIn } from './by-hand.arbitraries.ts';
import { withClass } from './cases.arbitraries.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { World, slack } from './world.arbitraries.ts';
import type { Job } from './world.arbitraries.ts';

const SECOND = 1_000;
/** Virtual time after which everything must be done: far more than the work and all waits together. */
const LONG = 4_000;

const jobs = fc.array(
  fc.record({
    base: fc.constantFrom<BandRank>(0, 0, 1, 2, 3),
    arrivesAt: fc.integer({ min: 1, max: 20 }).map((at) => at * SECOND),
    workMs: fc.integer({ min: 1, max: 40 }).map((seconds) => seconds * SECOND),
    demand: fc.record({ slots: fc.constantFrom(1, 1, 2), cpuMilli: fc.nat(2) }).map(amounts),
    leavesAtPercent: fc.constantFrom(0, 50, 100),
  }),
  { minLength: 1, maxLength: 14 },
);
const capacities = fc.array(
  fc.record({ slots: fc.integer({ min: 1, max: 3 }), cpuMilli: fc.integer({ min: 1, max: 4 }) }).map(amounts),
  { minLength: 1, maxLength: 3 },
);

const worlds = fc.record({ jobs, capacities }).map(({ jobs: unnamed, capacities: given }) => {
  const named = unnamed.map((job, order): Job => ({
    ...job,
    order,
    id: `j${String(order).padStart(2, '0')}`,
  }));
  return new World(
    named.filter(({ demand }) => given.some((capacity) => goesIn(demand, capacity))),
    given,
    { ...DEFAULT_POLICY, capPercent: 100, capWindowMs: 1_000 },
  );
});

const always = (claim: (world: World) => void, atEnd: (world: World) => void = () => undefined): void => {
  fc.assert(
    fc.property(worlds, (world) => {
      for (let steps = 0; !world.done && steps < LONG; steps++) {
        world.step(SECOND);
        claim(world);
      }
      atEnd(world);
    }),
    { numRuns: 100 },
  );
};

describe('a world that follows the rule', () => {
  it('never books a place twice, grace included', () => {
    always((world) => {
      for (const view of world.views()) {
        for (const one of DIMENSIONS) expect(slack(view)[one]).toBeGreaterThanOrEqual(0);
      }
    });
  });

  it('finishes everything: no victim is forgotten, and no task is preempted for ever', () => {
    always(
      (world) => {
        for (const { job, preemptCount } of world.lives) {
          expect(preemptCount).toBeLessThanOrEqual(DEFAULT_POLICY.classes[job.base].maxPreemptions);
        }
      },
      (world) =>
        expect(world.lives.map(({ state }) => state).filter((state) => state !== 'done')).toEqual([]),
    );
  });

  it('gives the freed place to the preemptor: it starts while it is reserved, unless a higher base comes first', () => {
    always(
      () => undefined,
      (world) => {
        const stolen = new Set(world.decisions.flatMap((one) => one.stolen.map(({ task }) => task)));
        for (const { at, outcome, preemptor, reservation } of world.decisions) {
          if (outcome !== 'preempted' || stolen.has(preemptor.id)) continue;
          const until = reservation?.expiresAt ?? 0;
          const meanwhile = world.starts.filter((one) => one.at > at && one.at <= until);
          if (meanwhile.some(({ base }) => base > preemptor.base)) continue;
          expect(meanwhile.map(({ id }) => id)).toContain(preemptor.id);
        }
      },
    );
  });

  it('has no circle of preemptions', () => {
    always(
      () => undefined,
      (world) => {
        for (const { preemptor, victims } of world.decisions) {
          for (const { base } of victims) expect(base).toBeLessThan(preemptor.base);
        }
      },
    );
  });

  it('lets a low task run on below an endless stream of critical ones, where its band has a floor', () => {
    const critical = (order: number): Job => ({
      id: `c${order}`,
      base: 3,
      order,
      arrivesAt: order * SECOND,
      workMs: 10 * SECOND,
      demand: amounts(),
      leavesAtPercent: 0,
    });
    const low: Job = { ...critical(0), id: 'low', base: 0, workMs: 60 * SECOND };
    const stream = Array.from({ length: 200 }, (_, at) => critical(at + 1));
    const finishes = (minRunning: number): boolean => {
      const policy = { ...withClass(0, { minRunning }), floorPercent: 50, capPercent: 100 };
      const world = new World([low, ...stream], [amounts({ slots: 4 })], policy);
      for (let steps = 0; steps < 150; steps++) world.step(SECOND);
      return world.lives[0]?.state === 'done';
    };
    expect([finishes(1), finishes(0)]).toEqual([true, false]);
  });
});
