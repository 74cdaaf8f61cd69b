import type { PointHit } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { similarFailures } from './similar-failures.ts';

const hit = (id: string, lines: readonly string[], { at = 1, score = 0.9 } = {}): PointHit => ({
  id,
  score,
  payload: {
    namespace: 'default',
    at,
    task: `t-${id}`,
    text: lines.join(' '),
    fingerprint: `f-${id}`,
    lines: [...lines],
  },
});
const FAILURE = ['error: replica orders-db lost its replication slot wal_archive'];

describe('similarFailures', () => {
  it('returns failures whose telling lines share specific words, the most similar first', () => {
    const nearer = hit('a', ['ERROR replication slot wal_archive of replica orders-db was lost']);
    const farther = hit('b', ['FATAL: replication slot wal_archive is gone, replica must be rebuilt']);
    const found = similarFailures(FAILURE, [farther, nearer]);
    expect(found.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(found[0]).toMatchObject({ task: 't-a', fingerprint: 'f-a', at: 1 });
    expect(found[0]?.similarity).toBeGreaterThan(found[1]?.similarity ?? 1);
  });

  it('leaves out a failure that is near by meaning only, and one with words of many failures only', () => {
    const near = hit('a', ['error: mirror of customers fell behind'], { score: 0.97 });
    const common = hit('b', ['error: connection refused, cannot open file, permission denied'], {
      score: 0.97,
    });
    expect(similarFailures(FAILURE, [near, common])).toEqual([]);
    expect(similarFailures(['error: connection refused'], [common])).toEqual([]);
  });

  it('compares texts of documents without lines', () => {
    const { lines: _, ...payload } = hit('a', FAILURE).payload;
    expect(similarFailures(FAILURE, [{ id: 'a', score: 1, payload }])).toHaveLength(1);
  });

  it('returns ten failures at most, the latest of equal ones first', () => {
    const hits = Array.from({ length: 30 }, (_, at) => hit(`h${at}`, FAILURE, { at }));
    expect(similarFailures(FAILURE, hits).map(({ at }) => at)).toEqual([
      29, 28, 27, 26, 25, 24, 23, 22, 21, 20,
    ]);
  });
});
