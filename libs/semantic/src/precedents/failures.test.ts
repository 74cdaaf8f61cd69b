import { describe, expect, it } from 'vitest';
import { KINDS_MAX, NEW_MS, clustersOf, kindsOf } from './failures.ts';
import type { FailurePoint } from './failures.ts';

const NOW = 100 * NEW_MS;
const SINCE = NOW - 7 * NEW_MS;

let count = 0;
const failure = (fingerprint: string, agoMs: number, given: Partial<FailurePoint> = {}): FailurePoint => ({
  fingerprint,
  task: `t${++count}`,
  type: 'command',
  at: NOW - agoMs,
  text: `text of ${fingerprint}`,
  ...given,
});
const some = (n: number, fingerprint: string, agoMs: number): readonly FailurePoint[] =>
  Array.from({ length: n }, (_, at) => failure(fingerprint, agoMs + at));

const clusters = (failures: readonly FailurePoint[], more: object = {}) =>
  clustersOf(kindsOf(failures), { failures, since: SINCE, now: NOW, known: new Set(), ...more });

describe('kindsOf and clustersOf', () => {
  it('count failures by fingerprint, with tasks and times, most frequent first', () => {
    const twice = [failure('a', 5, { task: 'x' }), failure('a', 3, { task: 'x', type: 'http' })];
    expect(kindsOf([...twice, failure('a', 4), ...some(2, 'b', 9)])).toMatchObject([
      { fingerprint: 'a', count: 3, tasks: 2, firstAt: NOW - 5, lastAt: NOW - 3, types: ['command', 'http'] },
      { fingerprint: 'b', count: 2 },
    ]);
    expect(kindsOf(Array.from({ length: 80 }, (_, n) => failure(`f${n}`, n)))).toHaveLength(KINDS_MAX);
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
    const isNew = (failures: readonly FailurePoint[], known: readonly string[] = []) =>
      clusters(failures, { known: new Set(known) })[0]?.kinds[0]?.isNew;
    expect(isNew(some(2, 'a', 10))).toBe(true);
    expect(isNew(some(2, 'a', 10), ['a'])).toBe(false);
    expect(isNew([failure('a', 10), failure('a', NEW_MS + 1)])).toBe(false);
  });
});
