import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textCounter } from './text-statistics.ts';

describe('textCounter', () => {
  it('reports the most frequent terms, the same as a whole sort would give', () => {
    const words = fc.array(fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'omega', 'kappa'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 8 }), (some, top) => {
        const counter = textCounter(top);
        counter.add(some.join(' '));
        const counts = Map.groupBy(some, (word) => word);
        const sorted = [...counts]
          .map(([term, all]) => ({ term, count: all.length }))
          .sort((a, b) => b.count - a.count || (a.term < b.term ? -1 : 1));
        expect(counter.counts().topTerms).toEqual(sorted.slice(0, top));
      }),
    );
  });
});
