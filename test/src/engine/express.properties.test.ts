import { DEFAULT_POLICY } from '@precedent/scheduling';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScriptedWorker } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const STEP_MS = 250;
/** A victim obeys within the deadline of its checkpoint or within its grace; those of the bands below are shorter. */
const LEAVES_WITHIN_MS = 5_000;
const { excessMs, reservationMarginMs } = DEFAULT_POLICY;

/** What happens to a worker with endless tasks. */
const courses = fc.record({
  slots: fc.integer({ min: 1, max: 4 }),
  express: fc.integer({ min: 0, max: 2 }),
  /** Milliseconds from an urgent task to the next one. */
  urgent: fc.array(fc.constantFrom(0, 100, 700, 2_000), { maxLength: 5 }),
  lows: fc.array(fc.record({ mode: fc.constantFrom(undefined, 'immediate' as const), memoryMb: fc.nat(3) }), {
    minLength: 4,
    maxLength: 4,
  }),
  urgentMemoryMb: fc.nat(3),
  obeysAfterMs: fc.constantFrom(0, 400, 1_500),
  /** After so many urgent tasks another engine takes over. */
  takeoverAfter: fc.option(fc.nat(4), { nil: undefined }),
});
type Course = typeof courses extends fc.Arbitrary<infer T> ? T : never;

const MEMORY_MB = 7;

/** A worker whose victims obey after a while, and the bands of what runs there. */
class Scenario {
  readonly w: World;
  readonly worker: ScriptedWorker;
  readonly #obeysAfterMs: number;
  readonly #leaving = new Map<string, number>();
  #seen = 0;

  constructor(w: World, worker: ScriptedWorker, obeysAfterMs: number) {
    this.w = w;
    this.worker = worker;
    this.#obeysAfterMs = obeysAfterMs;
  }

  async advance(ms: number, claim: () => Promise<void>): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await this.w.advance(STEP_MS);
      await this.#obey();
      await claim();
    }
  }

  async #obey(): Promise<void> {
    const { signals } = this.worker;
    for (const signal of signals.slice(this.#seen))
      if (signal.kind === 'stop' || signal.kind === 'yield')
        this.#leaving.set(signal.id, this.w.now + this.#obeysAfterMs);
    this.#seen = signals.length;
    for (const [id, at] of this.#leaving) {
      if (at > this.w.now) continue;
      this.#leaving.delete(id);
      if (this.worker.running.has(id)) await this.worker.end(id, { outcome: 'stopped' });
    }
  }

  get running(): number {
    return this.worker.running.size;
  }
}

const BASE = { timeouts: { attempt: 0, total: 0, queue: 0 } } as const;

/** Runs the course, and calls `claim` after every step of it. */
const run = async (course: Course, claim: (scenario: Scenario) => Promise<void>): Promise<Scenario> => {
  const w = await world({ preemption: { ...DEFAULT_POLICY, capPercent: 100, floorPercent: 0 } });
  const { slots, express, lows, urgent, urgentMemoryMb, obeysAfterMs, takeoverAfter } = course;
  const worker = await w.worker({ slots, express, resources: { memoryMb: MEMORY_MB } });
  const scenario = new Scenario(w, worker, obeysAfterMs);
  for (const [at, { mode, memoryMb }] of lows.slice(0, slots).entries())
    await w.submit(
      aTask({
        id: `low${at}`,
        band: 'low',
        ...BASE,
        resources: { memoryMb },
        ...(mode && { preemption: { mode } }),
      }),
    );
  await w.advance(1_000);
  for (const [at, ms] of urgent.entries()) {
    await w.submit(
      aTask({ id: `urgent${at}`, band: 'critical', ...BASE, resources: { memoryMb: urgentMemoryMb } }),
    );
    await claim(scenario);
    if (takeoverAfter === at) await takeOver(scenario);
    await scenario.advance(ms, () => claim(scenario));
  }
  return scenario;
};

const takeOver = async ({ w, worker }: Scenario): Promise<void> => {
  w.crash();
  await w.restart('e1');
  await worker.hello();
};

const always = (claim: (course: Course) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(courses, claim), { numRuns: 60 });

describe('express slots, on a worker whose tasks never end by themselves', () => {
  it('are never exceeded: no more tasks run than slots and express slots, and no more memory is used than there is', async () => {
    await always(async (course) => {
      const scenario = await run(course, async ({ w, worker, running }) => {
        expect(running).toBeLessThanOrEqual(course.slots + course.express);
        const used = [...worker.running.keys()].reduce((sum, id) => {
          const at = Number(id.slice(-1));
          return sum + (id.startsWith('urgent') ? course.urgentMemoryMb : (course.lows[at]?.memoryMb ?? 0));
        }, 0);
        expect(used).toBeLessThanOrEqual(MEMORY_MB);
        expect(w.host.problems).toEqual([]);
      });
      expect(scenario.running).toBeGreaterThan(0);
    });
  });

  it('are free again within the excess time and the time that victims take, once no urgent task comes', async () => {
    await always(async (course) => {
      const scenario = await run(course, async () => undefined);
      await scenario.advance(excessMs + LEAVES_WITHIN_MS + reservationMarginMs, async () => undefined);
      const [view] = await scenario.w.workers();
      const [urgents, total] = [urgentsOn(scenario), scenario.running];
      // Only victims make room: where nothing but urgent tasks runs, they stay above the slot count until one ends.
      if (urgents <= course.slots) expect(view?.expressBusy, JSON.stringify(course)).toBe(0);
      expect(total - (view?.expressBusy ?? 0)).toBeLessThanOrEqual(course.slots);
    });
  });
});

const urgentsOn = ({ worker }: Scenario): number =>
  [...worker.running.keys()].filter((id) => id.startsWith('urgent')).length;
