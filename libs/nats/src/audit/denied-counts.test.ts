import { describe, expect, it } from 'vitest';
import { DeniedCounts } from './denied-counts.ts';
import type { DeniedAccess } from './denied-line.ts';

const denied = (n: number, credential = 'k1'): DeniedAccess => ({
  operation: 'publish',
  credential,
  host: '10.0.0.1',
  subject: `s${n}`,
});

const sum = (all: readonly DeniedAccess[]): number => all.reduce((total, { count = 1 }) => total + count, 0);

describe('denials that wait to be recorded', () => {
  it('are listed up to ten of a credential and operation, and counted from there on', () => {
    const counts = new DeniedCounts();
    for (let n = 0; n < 1_000; n++) counts.add(denied(n));
    counts.add(denied(0, 'k2'));
    counts.add({ ...denied(0), operation: 'subscribe' });
    const all = counts.take();
    expect(all.slice(9, 11)).toEqual([denied(9), { ...denied(10), count: 990 }]);
    expect(all.slice(11)).toEqual([denied(0, 'k2'), { ...denied(0), operation: 'subscribe' }]);
    expect(counts.take()).toEqual([]);
  });

  it('take no more room for ever more credentials', () => {
    const counts = new DeniedCounts();
    for (let n = 0; n < 20_000; n++) counts.add(denied(n, `k${n}`));
    const all = counts.take();
    expect(all.length).toBeLessThan(1_100);
    expect(sum(all)).toBe(20_000);
  });
});
