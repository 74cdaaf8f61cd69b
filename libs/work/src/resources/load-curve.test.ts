import { LOAD_LEVELS } from '@precedent/contract-types';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { IDLE_LOAD, foldLoad, loadCurve, loadOf } from './load-curve.ts';
import type { LoadState } from './load-curve.ts';
import { DEFAULT_LOAD_RULES, RAISED_LEVELS, triggerRuleOf } from './load-rules.ts';
import type { LoadRules } from './load-rules.ts';
import { MEASURES, perMeasure } from './sample.ts';
import type { Measure, ResourceSample } from './sample.ts';
import { IDLE_TRIGGER, stepTrigger } from './trigger.ts';
import type { Trigger } from './trigger.ts';

const IDLE = { cpu: 0.1, memory: 0.1, disk: 0.1, ioWait: 0 };
const SLOTS = 8;

/** A sample every second, each given by what differs from an idle machine. */
const everySecond = (parts: readonly Partial<Record<Measure, number>>[], from = 0): ResourceSample[] =>
  parts.map((part, i) => ({ ...IDLE, ...part, at: from + i * 1_000 }));
const times = <T>(count: number, part: T): T[] => Array.from({ length: count }, () => part);
const raw: LoadRules = { ...DEFAULT_LOAD_RULES, smoothingMs: 0 };

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const values = fc.record({ cpu: fraction, memory: fraction, disk: fraction, ioWait: fraction });
const gaps = fc.integer({ min: 0, max: 20_000 });
const histories = fc.array(fc.tuple(gaps, values), { minLength: 1, maxLength: 40 }).map((steps) => {
  let at = 0;
  return steps.map(([gap, value]): ResourceSample => ({ ...value, at: (at += gap) }));
});
const statesOf = (history: readonly ResourceSample[], rules: LoadRules): LoadState[] => {
  const states: LoadState[] = [];
  for (const sample of history) states.push(foldLoad(states.at(-1) ?? IDLE_LOAD, sample, rules));
  return states;
};

describe('the thresholds', () => {
  it.each<[measure: Measure, below: number, at: number]>([
    ['cpu', 0.79, 0.8],
    ['memory', 0.79, 0.8],
    ['disk', 0.89, 0.9],
    ['ioWait', 0.29, 0.3],
  ])('%s is high from its threshold on, and not below', (measure, below, at) => {
    expect(loadCurve(everySecond(times(5, { [measure]: below })), SLOTS).level).toBe('elevated');
    const load = loadCurve(everySecond(times(5, { [measure]: at })), SLOTS);
    expect(load).toMatchObject({ level: 'high', recommendedConcurrency: 4, throttledBands: ['low'] });
    expect(load.alerts).toEqual([{ measure, level: 'high', value: at, threshold: at }]);
  });

  it('each level throttles more, the lowest band first, and never urgent work', () => {
    const at = (cpu: number) => loadCurve(everySecond(times(5, { cpu })), SLOTS);
    expect([0.1, 0.72, 0.8, 0.9].map((cpu) => at(cpu).level)).toEqual(LOAD_LEVELS);
    expect([0.1, 0.72, 0.8, 0.9].map((cpu) => at(cpu).recommendedConcurrency)).toEqual([8, 6, 4, 2]);
    expect([0.72, 0.8, 0.9].map((cpu) => at(cpu).throttledBands)).toEqual([[], ['low'], ['low', 'normal']]);
  });

  it('the worst measure decides, and each one that is high is named', () => {
    const load = loadCurve(everySecond(times(5, { cpu: 0.85, disk: 0.99 })), SLOTS);
    expect(load.level).toBe('critical');
    expect(load.alerts.map(({ measure, level }) => [measure, level])).toEqual([
      ['cpu', 'high'],
      ['disk', 'critical'],
    ]);
  });

  it('without a sample the machine counts as idle', () => {
    expect(loadCurve([], SLOTS)).toMatchObject({ level: 'normal', recommendedConcurrency: 8, alerts: [] });
  });
});

describe('hysteresis', () => {
  it('a short peak changes nothing', () => {
    const peak = everySecond([{}, { memory: 0.95 }, { memory: 0.95 }, {}]);
    expect(loadCurve(peak, SLOTS).level).toBe('normal');
    expect(loadCurve(everySecond([...times(3, { memory: 0.95 })]), SLOTS).level).toBe('critical');
  });

  it('a level is left only after the value stayed below its lower limit for the dwell time', () => {
    const high = times(3, { memory: 0.82 });
    const levelAfter = (...parts: Partial<Record<Measure, number>>[]): string =>
      loadCurve(everySecond([...high, ...parts]), SLOTS).level;
    expect(levelAfter(...times(60, { memory: 0.73 }))).toBe('high');
    expect(levelAfter(...times(13, { memory: 0.71 }))).toBe('high');
    expect(levelAfter(...times(16, { memory: 0.71 }))).toBe('elevated');
    expect(levelAfter(...times(3, {}), { memory: 0.75 }, ...times(3, {}))).toBe('high');
  });

  it('a level is left within a few seconds on an idle machine, in spite of smoothing', () => {
    const busy = times(60, { cpu: 0.97 });
    const levels = [0, 2, 4].map(
      (s) => loadCurve(everySecond([...busy, ...times(s, { cpu: 0.06 })]), SLOTS).level,
    );
    expect(levels).toEqual(['critical', 'critical', 'normal']);
  });

  it('short pauses of a busy machine do not end a level', () => {
    const waves = Array.from({ length: 60 }, (_, i) => ({ cpu: i % 10 < 8 ? 0.99 : 0.05 }));
    const states = statesOf(everySecond(waves), DEFAULT_LOAD_RULES).slice(10);
    expect(states.every((state) => loadOf(state, SLOTS, DEFAULT_LOAD_RULES).level !== 'normal')).toBe(true);
  });

  it('the recommendation falls at once and grows slowly', () => {
    const high = times(3, { memory: 0.95 });
    const concurrency = (seconds: number): number =>
      loadCurve(everySecond([...high, ...times(seconds, {})]), SLOTS).recommendedConcurrency;
    expect([0, 3, 4, 5, 8, 60].map(concurrency)).toEqual([2, 2, 3, 4, 6, 8]);
  });

  test('a switch that is on stays on for its idle time at least, its dwell time at most, and while it is not below its lower limit', () => {
    const rule = { enter: 0.8, leave: 0.7, enterMs: 2_000, leaveMs: 5_000, idleMs: 1_000 };
    fc.assert(
      fc.property(fc.array(fc.tuple(gaps, fraction), { maxLength: 60 }), (steps) => {
        let [trigger, at]: [Trigger, number] = [IDLE_TRIGGER, 0];
        let run: number[] = [];
        for (const [gap, value] of steps) {
          at += gap;
          const next = stepTrigger(trigger, rule, value, at);
          run = (trigger.on ? value < rule.leave : value >= rule.enter) ? [...run, at] : [];
          const ms = run.length > 0 ? at - (run[0] ?? at) : -1;
          if (next.on !== trigger.on) expect(ms).toBeGreaterThanOrEqual(trigger.on ? 1_000 : 2_000);
          else expect(ms).toBeLessThan(trigger.on ? 5_000 : 2_000);
          if (next.on !== trigger.on) run = [];
          trigger = next;
        }
      }),
    );
  });

  test('what moves between the two limits of a level changes nothing, however long', () => {
    const between = fc.record({
      measure: fc.constantFrom(...MEASURES),
      level: fc.constantFrom(...RAISED_LEVELS),
    });
    fc.assert(
      fc.property(
        between,
        fc.array(fc.tuple(gaps, fraction), { maxLength: 30 }),
        fc.boolean(),
        (where, steps, on) => {
          const rule = triggerRuleOf(raw, where.measure, where.level);
          let [trigger, at]: [Trigger, number] = [{ on, passedMs: undefined, at: 0 }, 0];
          for (const [gap, part] of steps) {
            const value = rule.leave + (rule.enter - rule.leave) * Math.min(part, 0.999);
            trigger = stepTrigger(trigger, rule, value, (at += gap));
          }
          expect(trigger.on).toBe(on);
        },
      ),
    );
  });
});

describe('of any history', () => {
  test('the recommendation is 1 to all slots, and grows no faster than the ramp', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 1_000 }), (history, slots) => {
        let before = slots;
        let at = history[0]?.at ?? 0;
        for (const state of statesOf(history, DEFAULT_LOAD_RULES)) {
          const { recommendedConcurrency: now, throttledBands } = loadOf(state, slots, DEFAULT_LOAD_RULES);
          expect(Number.isInteger(now) && now >= 1 && now <= slots).toBe(true);
          const ramp = (slots * ((state.at ?? 0) - at)) / DEFAULT_LOAD_RULES.rampMs;
          expect(now - before).toBeLessThanOrEqual(Math.ceil(ramp) + 1);
          expect(throttledBands).not.toContain('high');
          expect(throttledBands).not.toContain('critical');
          [before, at] = [now, state.at ?? 0];
        }
      }),
    );
  });

  test('a higher level is never on without the lower ones', () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const { triggers } of statesOf(history, DEFAULT_LOAD_RULES)) {
          for (const measure of MEASURES) {
            const ons = triggers[measure].map(({ on }) => on);
            expect(ons).toEqual(ons.toSorted((a, b) => Number(b) - Number(a)));
          }
        }
      }),
    );
  });

  test('more use never means a lower level or more concurrency', () => {
    fc.assert(
      fc.property(histories, fc.infiniteStream(values), (history, extra) => {
        const more = history.map((sample) => {
          const added = extra.next().value;
          return { at: sample.at, ...perMeasure((measure) => Math.min(1, sample[measure] + added[measure])) };
        });
        const [less, busier] = [statesOf(history, DEFAULT_LOAD_RULES), statesOf(more, DEFAULT_LOAD_RULES)];
        for (const [i, state] of less.entries()) {
          const a = loadOf(state, 64, DEFAULT_LOAD_RULES);
          const b = loadOf(busier[i] ?? IDLE_LOAD, 64, DEFAULT_LOAD_RULES);
          expect(LOAD_LEVELS.indexOf(b.level)).toBeGreaterThanOrEqual(LOAD_LEVELS.indexOf(a.level));
          expect(b.recommendedConcurrency).toBeLessThanOrEqual(a.recommendedConcurrency);
        }
      }),
    );
  });

  test('how often one looks does not change what is smoothed', () => {
    fc.assert(
      fc.property(values, values, fc.integer({ min: 2, max: 20 }), (from, to, parts) => {
        const seldom = statesOf(
          [
            { ...from, at: 0 },
            { ...to, at: 10_000 },
          ],
          DEFAULT_LOAD_RULES,
        );
        const steps = Array.from({ length: parts }, (_, i) => ({ ...to, at: (10_000 * (i + 1)) / parts }));
        const often = statesOf([{ ...from, at: 0 }, ...steps], DEFAULT_LOAD_RULES);
        for (const measure of MEASURES) {
          expect(often.at(-1)?.values[measure]).toBeCloseTo(seldom.at(-1)?.values[measure] ?? -1, 9);
        }
      }),
    );
  });

  test('the state can be written as JSON and read again', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const [last = IDLE_LOAD] = statesOf(history, DEFAULT_LOAD_RULES).toReversed();
        const copy = JSON.parse(JSON.stringify(last)) as LoadState;
        const next = { ...IDLE, at: (last.at ?? 0) + 1_000 };
        expect(foldLoad(copy, next, DEFAULT_LOAD_RULES)).toEqual(foldLoad(last, next, DEFAULT_LOAD_RULES));
      }),
    );
  });

  test('a sample from before the last one is left out', () => {
    const state = foldLoad(IDLE_LOAD, { ...IDLE, at: 5_000 }, DEFAULT_LOAD_RULES);
    expect(foldLoad(state, { ...IDLE, cpu: 1, at: 4_999 }, DEFAULT_LOAD_RULES)).toBe(state);
  });
});
