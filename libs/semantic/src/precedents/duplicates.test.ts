import { describe, expect, it } from 'vitest';
import { RECENT_MS, duplicatesOf } from './duplicates.ts';
import type { KnownTask } from './duplicates.ts';

const NOW = 10 * RECENT_MS;
const known = (given: Partial<KnownTask> = {}): KnownTask => ({
  task: 't',
  type: 'command',
  name: 'import',
  spec: 's1',
  exactSpec: 'e1',
  at: NOW - 1_000,
  artifacts: [],
  similarity: 0.5,
  ...given,
});
const done = (agoMs: number, outcome = 'completed'): Partial<KnownTask> => ({
  endedAt: NOW - agoMs,
  outcome,
});

describe('duplicatesOf', () => {
  const wanted = { exactSpec: 'e1', spec: 's1' };

  it('returns a task with the same exact spec as equal', () => {
    expect(duplicatesOf(wanted, [known()], NOW)).toEqual({
      equal: [{ task: 't', name: 'import', state: 'active', at: NOW - 1_000 }],
      similar: [],
    });
  });

  it.each<[string, Partial<KnownTask>, number]>([
    ['active', {}, 1],
    ['completed a moment ago', done(RECENT_MS), 1],
    ['completed long ago', done(RECENT_MS + 1), 0],
    ['failed', done(1, 'failed'), 0],
    ['the task itself', { task: 'new' }, 0],
  ])('counts a task that is %s', (_, given, count) => {
    const found = duplicatesOf({ ...wanted, task: 'new' }, [known(given)], NOW);
    expect(found?.equal.length ?? 0).toBe(count);
  });

  it('returns at most five similar tasks, of the same spec or semantically similar, active ones first', () => {
    const others = [
      known({ task: 'same kind', ...done(1_000) }),
      known({ task: 'alike', spec: 's2', similarity: 0.95 }),
      known({ task: 'other', spec: 's3', similarity: 0.8 }),
    ];
    const found = duplicatesOf({ exactSpec: 'e9', spec: 's1' }, others, NOW);
    expect(found?.similar.map(({ task, isSameKind }) => [task, isSameKind])).toEqual([
      ['alike', false],
      ['same kind', true],
    ]);
    const many = Array.from({ length: 9 }, (_, n) => known({ task: `t${n}` }));
    expect(duplicatesOf(wanted, many, NOW)?.equal).toHaveLength(5);
  });
});
