import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRITICAL, HIGH, LATER, LOW, NORMAL, aReservation, aScene, decided } from './cases.arbitraries.ts';
import { amounts, poolsOf } from './builders.arbitraries.ts';
import { decide } from './decide.ts';
import { explain } from './explain.ts';
import { scenes } from './preemption.arbitraries.ts';
import type { Snapshot } from './snapshot.ts';

const SINCE = LATER - 1_500;
const LONG = LATER - 100_000;

describe('the words for a decision', () => {
  it.each<[string, Snapshot]>([
    [
      'P (critical, waiting for 1.5s) takes its place on w1 from V1 (low, at once, within 4.0s, about 10ms lost). Of 2 running: 1 taken, 0 not needed, 1 not lower.',
      aScene([{ startedAt: LATER - 10 }, { base: CRITICAL }], { waitingSince: SINCE }),
    ],
    [
      'P (high, waiting for 1m 40s) waits: no task may be preempted for it. Of 1 running: 0 taken, 0 not needed, 1 not lower.',
      aScene([{ base: HIGH }], { base: HIGH, waitingSince: LONG }),
    ],
    [
      'P (high, waiting for 1.5s) waits: it may preempt in 500ms.',
      aScene([{}], { base: HIGH, waitingSince: SINCE }),
    ],
    [
      'P (critical, waiting for 1.5s) takes its place on w1 from V1, which has not started; no work is lost. Of 1 running: 1 taken, 0 not needed.',
      aScene([{ phase: 'assigned' }], { waitingSince: SINCE }),
    ],
    [
      'P (critical, waiting for 1.5s) is given what is about to be free on w1; no task is preempted. Of 1 running: 0 taken, 0 not needed, 1 leaving already.',
      aScene([{ phase: 'stopping' }], { waitingSince: SINCE }),
    ],
    [
      'P (critical, waiting for 1.5s) takes over what is reserved on w1 for R (high); no work is lost. Of 1 running: 0 taken, 0 not needed, 1 leaving already.',
      aScene([{ phase: 'preempting' }], { waitingSince: SINCE }, { reservations: [aReservation()] }),
    ],
    [
      'P (critical, waiting for 1.5s) waits: w1 has room in 1.0s, sooner than a victim could leave. Of 2 running: 0 taken, 1 not needed, 1 about to end.',
      aScene([{}, { remaining: { p50Ms: 1_000, support: 9 } }], { waitingSince: SINCE }),
    ],
    [
      'P (normal, waiting for 1m 40s) waits: no task may be preempted for it. w1 keeps what becomes free for it. Of 2 running: 0 taken, 0 not needed, 2 not lower.',
      aScene([{ base: NORMAL }, { base: NORMAL }], {
        base: NORMAL,
        waitingSince: LONG,
        demand: amounts({ slots: 2 }),
      }),
    ],
    [
      'P (low, waiting for 1m 40s) waits: it may not preempt other tasks. w1 keeps what becomes free for it.',
      aScene([{ base: LOW }, { base: LOW }], {
        base: LOW,
        waitingSince: LONG,
        demand: amounts({ slots: 2 }),
      }),
    ],
    [
      'P (high, waiting for 1m 40s) waits: preemption in pool default is off for 9.0s, because it did more harm than good.',
      aScene(
        [{}],
        { base: HIGH, waitingSince: LONG },
        { pools: poolsOf([], { breakerOpenUntil: LATER + 9_000 }) },
      ),
    ],
  ])('%s', (words, snapshot) => {
    expect(explain(decided(snapshot))).toBe(words);
  });

  it('are there for every decision, and name who it is about', () => {
    fc.assert(
      fc.property(scenes, ({ snapshot, policy }) => {
        for (const decision of decide(snapshot, policy)) {
          const words = explain(decision);
          expect(words).not.toMatch(/undefined|NaN|\[object/);
          expect(words.startsWith(`${decision.preemptor.id} (`)).toBe(true);
          for (const { id } of [...decision.victims, ...decision.reclaimed]) expect(words).toContain(id);
        }
      }),
      { numRuns: 500 },
    );
  });
});
