import { describe, expect, it } from 'vitest';
import type { Point } from '@precedent/ports';
import { batchesOf } from './qdrant-batches.ts';
import { idAfter } from './uuid.ts';

const points = (count: number, letters = 10): Point[] =>
  Array.from({ length: count }, (_, n) => ({
    id: String(n),
    vector: new Float32Array(384),
    payload: { namespace: 'acme', at: 0, text: 'x'.repeat(letters) },
  }));

describe('batchesOf', () => {
  it('returns all points in their order', () => {
    const all = points(1_000);
    const batches = batchesOf(all);
    expect(batches.flat()).toEqual(all);
    expect(batches.length).toBeGreaterThan(1);
    expect(batchesOf([])).toEqual([]);
  });

  it('cuts by bytes too, and puts a large point into a batch of its own', () => {
    for (const batch of batchesOf(points(200, 60_000)))
      expect(JSON.stringify(batch.map(({ payload }) => payload)).length).toBeLessThan(8_000_000);
    expect(batchesOf(points(2, 9_000_000))).toHaveLength(2);
  });
});

describe('idAfter', () => {
  it('returns the next id in the order of ids', () => {
    expect(idAfter('00000000-0000-4000-8000-00000000000f')).toBe('00000000-0000-4000-8000-000000000010');
    expect(idAfter('00000000-0000-4000-8000-ffffffffffff')).toBe('00000000-0000-4000-8001-000000000000');
  });
  it('returns undefined after the last possible id', () => {
    expect(idAfter('ffffffff-ffff-ffff-ffff-ffffffffffff')).toBeUndefined();
  });
});
