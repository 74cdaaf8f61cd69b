import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aheadMax, quietMsMax } from './ahead.ts';
import { runOrder } from './dispatch.ts';
import type { Place } from './dispatch.ts';

const SHORT = { slots: 10, runMs: 20, quietMs: 2, turnaroundMs: 4 };

describe('how many tasks wait at a worker', () => {
  it.each([
    ['some, where tasks are short', SHORT, 7],
    ['as many as slots, where a turnaround takes longer than a task', { ...SHORT, runMs: 0.2 }, 10],
    ['one more than may end, where hardly one ends within a turnaround', { ...SHORT, slots: 1 }, 1],
    ['none, where the gap is less than 2 % of the run time', { ...SHORT, runMs: 201 }, 0],
    ['none, while too few tasks have ended to know', { ...SHORT, runMs: undefined }, 0],
    ['none, when nothing has ended for long', { ...SHORT, quietMs: 201 }, 0],
  ])('%s', (_, turnover, expected) => {
    expect(aheadMax(turnover)).toBe(expected);
  });

  it('is never more than the slots, falls with longer tasks, and is none from the quiet time on', () => {
    const ms = fc.integer({ min: 0, max: 100_000 });
    const turnovers = fc.record({ slots: fc.integer({ min: 1, max: 1_000 }), runMs: ms, quietMs: ms });
    fc.assert(
      fc.property(turnovers, fc.integer({ min: 1, max: 200 }), ms, (turnover, turnaroundMs, more) => {
        const max = aheadMax({ ...turnover, turnaroundMs });
        expect(max).toBeLessThanOrEqual(turnover.slots);
        expect(aheadMax({ ...turnover, turnaroundMs, runMs: turnover.runMs + more })).toBeLessThanOrEqual(
          max,
        );
        const quietMs = quietMsMax(turnaroundMs) + 1;
        expect(aheadMax({ ...turnover, turnaroundMs, quietMs })).toBe(0);
      }),
    );
  });
});

describe('the order in which they start', () => {
  it('is by rank, then by submission', () => {
    const places: readonly Place[] = [
      { rank: 0, order: 1 },
      { rank: 3, order: 9 },
      { rank: 3, order: 4 },
    ];
    expect(places.toSorted(runOrder)).toEqual([places[2], places[1], places[0]]);
  });
});
