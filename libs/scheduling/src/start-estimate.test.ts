import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreads } from './spread.arbitraries.ts';
import type { Spread } from './spread.ts';
import { startEstimate } from './start-estimate.ts';

const exactly = (ms: number): Spread => ({ p10: ms, p50: ms, p90: ms });
const some = fc.array(spreads, { maxLength: 6 });
const lines = fc.record({ free: fc.nat(3), running: some, ahead: some });

const isNoLater = (one: Spread | undefined, other: Spread | undefined): void => {
  if (one === undefined || other === undefined) return;
  for (const q of ['p10', 'p50', 'p90'] as const) expect(one[q]).toBeLessThanOrEqual(other[q]);
};

describe('when a task starts', () => {
  it.each<[string, Parameters<typeof startEstimate>[0], Spread | undefined]>([
    ['now, where a slot is free', { free: 1, running: [exactly(9)], ahead: [] }, exactly(0)],
    [
      'when the first of those that run ends',
      { free: 0, running: [exactly(9), exactly(4)], ahead: [] },
      exactly(4),
    ],
    [
      'after those before it, on one slot',
      { free: 0, running: [exactly(4)], ahead: [exactly(3), exactly(2)] },
      exactly(9),
    ],
    [
      'next to those before it, on several',
      { free: 1, running: [exactly(4)], ahead: [exactly(3), exactly(9)] },
      exactly(4),
    ],
    [
      'each end by itself',
      { free: 0, running: [{ p10: 1, p50: 5, p90: 9 }], ahead: [{ p10: 1, p50: 2, p90: 3 }] },
      { p10: 2, p50: 7, p90: 12 },
    ],
    ['is unknown without a slot', { free: 0, running: [], ahead: [exactly(1)] }, undefined],
  ])('%s', (_, line, expected) => {
    expect(startEstimate(line)).toEqual(expected);
  });

  it('is never in the past, and its ends are in order', () => {
    fc.assert(
      fc.property(lines, (line) => {
        const start = startEstimate(line);
        expect(start === undefined).toBe(line.free + line.running.length === 0);
        if (start === undefined) return;
        expect(start.p10).toBeGreaterThanOrEqual(0);
        expect(start.p50).toBeGreaterThanOrEqual(start.p10);
        expect(start.p90).toBeGreaterThanOrEqual(start.p50);
      }),
    );
  });

  it('is never earlier with one more before it, wherever that one is', () => {
    fc.assert(
      fc.property(lines, spreads, fc.nat(6), (line, one, at) => {
        const ahead = line.ahead.toSpliced(at, 0, one);
        isNoLater(startEstimate(line), startEstimate({ ...line, ahead }));
      }),
    );
  });

  it('is never later with one more slot, free or not', () => {
    fc.assert(
      fc.property(lines, spreads, (line, one) => {
        const start = startEstimate(line);
        isNoLater(startEstimate({ ...line, free: line.free + 1 }), start);
        isNoLater(startEstimate({ ...line, running: [...line.running, one] }), start);
      }),
    );
  });
});
