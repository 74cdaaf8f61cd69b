import type { PointHit } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { specificWordsOf } from '../fingerprint/specific-words.ts';
import { similarFailures } from './similar-failures.ts';

const hit = (id: string, lines: readonly string[], { at = 1, score = 0.6 } = {}): PointHit => ({
  id,
  score,
  payload: {
    namespace: 'default',
    at,
    task: `t-${id}`,
    text: lines.join(' '),
    fingerprint: `f-${id}`,
    words: specificWordsOf(lines),
  },
});
const LINES = ['error: replica orders-db lost its replication slot wal_archive after failover'];
const FAILURE = hit('now', LINES).payload;
const REWORDED = ['FATAL: slot wal_archive is gone, standby must be rebuilt from a base backup'];
/** Other kinds of failures, none of which has a word in common with those above. */
const OTHERS = Array.from({ length: 60 }, (_, at) =>
  hit(`o${at}`, [`error: lamp ${'abcdefghij'[at % 10]}x burnt`]),
);
const ids = (found: ReturnType<typeof similarFailures>) => found.map(({ id }) => id);

describe('similarFailures', () => {
  it('returns failures near by meaning that share rare words, the most similar first', () => {
    const nearer = hit('a', ['ERROR replication slot wal_archive of replica orders-db was lost']);
    const farther = hit('b', REWORDED);
    const found = similarFailures(FAILURE, [farther, ...OTHERS, nearer]);
    expect(ids(found)).toEqual(['a', 'b']);
    expect(found[0]).toMatchObject({ task: 't-a', fingerprint: 'f-a', at: 1, similarity: 0.6 });
  });

  it('leaves out a failure that is near by meaning alone, or shares rare words alone', () => {
    const near = hit('a', ['error: mirror of customers fell behind'], { score: 0.97 });
    const worded = hit('b', REWORDED, { score: 0.2 });
    expect(similarFailures(FAILURE, [near, worded, ...OTHERS])).toEqual([]);
  });

  it('leaves out a failure that shares words of many kinds of failures', () => {
    const kinds = Array.from({ length: 60 }, (_, at) =>
      hit(`k${at}`, [`error: slot ${'abcdefghij'[at % 10]}y wal_archive burnt`]),
    );
    expect(similarFailures(FAILURE, [hit('b', REWORDED), ...kinds])).toEqual([]);
    const common = hit('c', ['error: connection refused, cannot open file, permission denied']);
    expect(similarFailures(hit('n', ['error: connection refused']).payload, [common, ...OTHERS])).toEqual([]);
  });

  it('counts a frequent failure as one kind, so that its words stay rare', () => {
    const repeated = Array.from({ length: 40 }, (_, at) => {
      const one = hit(`r${at}`, REWORDED, { at });
      return { ...one, payload: { ...one.payload, fingerprint: 'same' } };
    });
    expect(ids(similarFailures(FAILURE, [...repeated, ...OTHERS]))).toContain('r39');
  });

  it('needs many words in common where few kinds of failures are known', () => {
    expect(similarFailures(FAILURE, [hit('b', REWORDED)])).toEqual([]);
    const alike = hit('a', ['ERROR replication slot wal_archive of replica orders-db was lost']);
    expect(ids(similarFailures(FAILURE, [alike]))).toEqual(['a']);
  });

  it('leaves out documents without words', () => {
    const { words: _, ...payload } = hit('a', []).payload;
    expect(similarFailures(payload, [{ id: 'a', score: 1, payload }])).toEqual([]);
  });

  it('returns ten failures at most, the latest of equal ones first', () => {
    const hits = Array.from({ length: 30 }, (_, at) => hit(`h${at}`, LINES, { at }));
    expect(similarFailures(FAILURE, hits).map(({ at }) => at)).toEqual([
      29, 28, 27, 26, 25, 24, 23, 22, 21, 20,
    ]);
  });
});
