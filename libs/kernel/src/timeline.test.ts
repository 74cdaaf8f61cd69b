import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline } from './timeline.ts';

describe('Timeline', () => {
  it('runs what is planned in the order of time, and in the order planned within one moment', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 })), (times) => {
        const timeline = new Timeline(0);
        const seen: (readonly [number, number])[] = [];
        for (const [order, at] of times.entries()) timeline.plan(at, () => seen.push([timeline.now, order]));
        while (timeline.step());
        const expected = times.map((at, order) => [at, order] as const);
        expect(seen).toEqual(expected.toSorted(([a, i], [b, j]) => a - b || i - j));
      }),
    );
  });

  it('plans for now what should be past', () => {
    const timeline = new Timeline(100);
    timeline.plan(50, () => undefined);
    expect([timeline.nextAt, timeline.step(), timeline.now]).toEqual([100, true, 100]);
  });

  it('does not run what was taken back, and is empty then', () => {
    const timeline = new Timeline(0);
    let runs = 0;
    timeline.plan(10, () => void runs++)();
    expect([timeline.nextAt, timeline.step(), timeline.now, runs]).toEqual([
      Number.POSITIVE_INFINITY,
      false,
      0,
      0,
    ]);
  });

  it('never moves back', () => {
    const timeline = new Timeline(100);
    timeline.moveTo(50);
    expect(timeline.now).toBe(100);
  });
});
