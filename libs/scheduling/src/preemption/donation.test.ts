import type { BandRank } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { donations } from './donation.ts';
import type { Wait } from './donation.ts';

const given = (
  waits: readonly [string, string][],
  bases: Record<string, BandRank>,
): Record<string, BandRank> => {
  const edges = waits.map(([waiter, holder]): Wait => ({ waiter, holder }));
  return Object.fromEntries(
    donations(edges, (task) => (Object.hasOwn(bases, task) ? bases[task] : undefined)),
  );
};

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
const name = fc.constantFrom(...NAMES);
const waits = fc.array(fc.record({ waiter: name, holder: name }), { maxLength: 10 });
const bases = fc.tuple(...NAMES.map(() => fc.constantFrom<BandRank>(0, 1, 2, 3)));

/** Step by step until nothing changes: what a task is given is the highest of those that wait for it and of what those are given. */
const byHand = (edges: readonly Wait[], baseOf: (task: string) => BandRank): Map<string, BandRank> => {
  const found = new Map<string, BandRank>();
  for (let changed = true; changed;) {
    changed = false;
    for (const { waiter, holder } of edges) {
      const gives = Math.max(baseOf(waiter), found.get(waiter) ?? 0) as BandRank;
      if (gives <= (found.get(holder) ?? -1)) continue;
      found.set(holder, gives);
      changed = true;
    }
  }
  return found;
};

describe('donated priority', () => {
  it.each<[string, [string, string][], Record<string, BandRank>, Record<string, BandRank>]>([
    ['is the band of who waits', [['a', 'b']], { a: 3, b: 0 }, { b: 3 }],
    [
      'is the highest of several',
      [
        ['a', 'c'],
        ['b', 'c'],
      ],
      { a: 1, b: 2, c: 0 },
      { c: 2 },
    ],
    [
      'goes on through a task that itself waits',
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      { a: 3, b: 0, c: 0 },
      { b: 3, c: 3 },
    ],
    [
      'goes on through one whose band is unknown',
      [
        ['a', 'x'],
        ['x', 'c'],
      ],
      { a: 2, c: 0 },
      { x: 2, c: 2 },
    ],
    [
      'ends in a circle',
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      { a: 1, b: 2 },
      { a: 2, b: 2 },
    ],
    ['ends at a task that waits for itself', [['a', 'a']], { a: 1 }, { a: 1 }],
    ['is not given to tasks that no task waits for', [], { a: 3 }, {}],
  ])('%s', (_, edges, known, expected) => {
    expect(given(edges, known)).toEqual(expected);
  });

  it('is the highest band from which a chain of waits leads to the task, circles or not', () => {
    fc.assert(
      fc.property(waits, bases, (edges, ranks) => {
        const baseOf = (task: string): BandRank => ranks[NAMES.findIndex((one) => one === task)] ?? 0;
        expect(donations(edges, baseOf)).toEqual(byHand(edges, baseOf));
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not depend on the order of the waits', () => {
    fc.assert(
      fc.property(waits, bases, (edges, ranks) => {
        const baseOf = (task: string): BandRank => ranks[NAMES.findIndex((one) => one === task)] ?? 0;
        expect(donations(edges.toReversed(), baseOf)).toEqual(donations(edges, baseOf));
      }),
      { numRuns: 500 },
    );
  });

  it('is found in a long chain without a deep stack', () => {
    const chain = Array.from({ length: 100_000 }, (_, at): Wait => ({
      waiter: `t${at}`,
      holder: `t${at + 1}`,
    }));
    expect(donations(chain, (task) => (task === 't0' ? 3 : 0)).get('t100000')).toBe(3);
  });
});
