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

  it('counts the words of scripts without spaces, not their sentences', () => {
    const counter = textCounter(2);
    counter.add('数据库连接失败，数据库已停止。 disk full');
    const { words, topTerms } = counter.counts();
    expect(words).toBeGreaterThan(6);
    expect(topTerms[0]).toMatchObject({ count: 2 });
    expect('数据库').toContain(topTerms[0]?.term);
  });
});
