import { describe, expect, it } from 'vitest';
import { NEW_MS, clustersOf, kindsOf, pageOfClusters } from './failures.ts';
import type { FailurePoint } from './failures.ts';

const NOW = 100 * NEW_MS;
const SINCE = NOW - 7 * NEW_MS;

let count = 0;
const failure = (fingerprint: string, agoMs: number, given: Partial<FailurePoint> = {}): FailurePoint => ({
  fingerprint,
  spec: 's',
  task: `t${++count}`,
  type: 'command',
  at: NOW - agoMs,
  text: `text of ${fingerprint}`,
  ...given,
});
const some = (n: number, fingerprint: string, agoMs: number): readonly FailurePoint[] =>
  Array.from({ length: n }, (_, at) => failure(fingerprint, agoMs + at));

const clusters = (failures: readonly FailurePoint[], more: object = {}) =>
  clustersOf(kindsOf(failures), { since: SINCE, now: NOW, known: new Set(), ...more });
/** A failure whose output says nothing. */
const unexplained = (spec: string): FailurePoint => {
  const { fingerprint: _, ...rest } = failure('', 7, { spec });
  return rest;
};

describe('kindsOf and clustersOf', () => {
  it('count failures by fingerprint, with tasks and times, most frequent first', () => {
    const twice = [failure('a', 5, { task: 'x' }), failure('a', 3, { task: 'x', type: 'http' })];
    expect(kindsOf([...twice, failure('a', 4), ...some(2, 'b', 9)])).toMatchObject([
      { fingerprint: 'a', count: 3, tasks: 2, firstAt: NOW - 5, lastAt: NOW - 3, types: ['command', 'http'] },
      { fingerprint: 'b', count: 2 },
    ]);
    expect(kindsOf(Array.from({ length: 800 }, (_, n) => failure(`f${n}`, n)))).toHaveLength(800);
  });

  it('count failures without a fingerprint by spec', () => {
    const kinds = kindsOf([unexplained('x'), unexplained('y'), unexplained('x')]);
    expect(kinds.map(({ spec, count: n }) => [spec, n])).toEqual([
      ['x', 2],
      ['y', 1],
    ]);
    expect(kinds[0]).not.toHaveProperty('fingerprint');
  });

  it('cluster semantically similar failures, and without a model one kind each', () => {
    const all = [...some(5, 'a', 1), ...some(3, 'b', 1), ...some(2, 'c', 1)];
    const near = [
      [1, 0.9, 0.2],
      [0.9, 1, 0.2],
      [0.2, 0.2, 1],
    ];
    const nearness = (a: number, b: number): number => near[a]?.[b] ?? 0;
    const names = (found: ReturnType<typeof clusters>) =>
      found.map(({ kinds, count: n }) => [n, kinds.map(({ fingerprint }) => fingerprint).join('')]);
    expect(names(clusters(all, { nearness }))).toEqual([
      [8, 'ab'],
      [2, 'c'],
    ]);
    expect(names(clusters(all))).toEqual([
      [5, 'a'],
      [3, 'b'],
      [2, 'c'],
    ]);
  });

  it.each<[string, number, number]>([
    ['rising', 1, 12],
    ['falling', 12, 1],
    ['steady', 3, 4],
    ['steady', 0, 2],
  ])('report a %s trend with %i early and %i late failures', (trend, early, late) => {
    const all = [...some(early, 'a', 6 * NEW_MS), ...some(late, 'a', 1_000)];
    expect(clusters(all)).toMatchObject([{ trend, count: early + late }]);
  });

  it('mark kinds as new that were first seen within a day', () => {
    const isNew = (failures: readonly FailurePoint[], isKnown = false) => {
      const kinds = kindsOf(failures);
      const known = new Set(isKnown ? kinds : []);
      return clustersOf(kinds, { since: SINCE, now: NOW, known })[0]?.kinds[0]?.isNew;
    };
    expect(isNew(some(2, 'a', 10))).toBe(true);
    expect(isNew(some(2, 'a', 10), true)).toBe(false);
    expect(isNew([failure('a', 10), failure('a', NEW_MS + 1)])).toBe(false);
  });
});

describe('pageOfClusters', () => {
  const old = [...some(9, 'a', 2 * NEW_MS), ...some(5, 'b', 2 * NEW_MS)];
  const names = (found: ReturnType<typeof clusters>) =>
    found.map(({ kinds }) => kinds.map(({ fingerprint }) => fingerprint).join(''));

  it('returns every cluster once over its pages', () => {
    const all = clusters(Array.from({ length: 130 }, (_, n) => failure(`f${n}`, n)));
    const pages = [0, 50, 100].map((offset) => pageOfClusters(all, { offset, limit: 50, newFirst: false }));
    expect(pages.map(({ length }) => length)).toEqual([50, 50, 30]);
    expect(new Set(names(pages.flat())).size).toBe(130);
  });

  it('puts new kinds first on request, also within their cluster', () => {
    const nearness = (a: number, b: number): number => (a + b === 3 ? 1 : 0);
    const all = clusters([...old, ...some(2, 'c', 5)], { nearness });
    const page = { offset: 0, limit: 9 };
    expect(names(pageOfClusters(all, { ...page, newFirst: false }))).toEqual(['a', 'bc']);
    expect(names(pageOfClusters(all, { ...page, newFirst: true }))).toEqual(['cb', 'a']);
  });

  it('names the first kinds of a large cluster, and how many it has', () => {
    const all = clusters(
      Array.from({ length: 70 }, (_, n) => failure(`f${n}`, n)),
      { nearness: () => 1 },
    );
    const [cluster] = pageOfClusters(all, { offset: 0, limit: 9, newFirst: false });
    expect(cluster).toMatchObject({ count: 70, found: 70 });
    expect(cluster?.kinds).toHaveLength(20);
  });
});
