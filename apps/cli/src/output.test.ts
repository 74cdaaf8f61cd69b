import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { tableText } from './terminal/table.ts';
import { visibleLine } from './terminal/visible.ts';
import { countText } from '@precedent/kernel';
import { problemText } from './problem-text.ts';

describe('texts of others', () => {
  it('stay in their line, and steer no terminal', () => {
    expect(visibleLine(' a\n\u001b[31mb\u2028c\u202ed\u2066e\u009b2J ')).toBe(
      'a ^[[31mb c<U+202E>d<U+2066>e<U+009B>2J',
    );
    expect(tableText(['name'], [['x\n'.repeat(100)]], { columns: 80 }).split('\n')).toHaveLength(3);
  });
});

describe('an error', () => {
  const problem = (message: string, ...issues: { field: string; message: string }[]) =>
    problemText(new AppError('INVALID_REQUEST', message, { issues }).toProblem());

  it('tells of one field once', () => {
    expect(problem('limit is 1 to 9; got 10', { field: 'limit', message: 'is 1 to 9; got 10' })).toBe(
      'error INVALID_REQUEST: limit is 1 to 9; got 10\n  Correct what the error names.\n',
    );
    const two = problem(
      'limit is 1 to 9',
      { field: 'limit', message: 'is 1 to 9' },
      { field: 'name', message: 'is missing' },
    );
    expect(two.split('\n').slice(1, 3)).toEqual(['  limit: is 1 to 9', '  name: is missing']);
    expect(problem('refused', { field: 'a.b', message: 'is missing' })).toContain('\n  a.b: is missing\n');
  });
});

it.each([
  ['VECTORS_UNAVAILABLE', 'the vectorizer is not there', /the vectorizer runs .*--no-vectorizer.* Qdrant/],
  ['HISTORY_UNAVAILABLE', 'the history is not there', /the history runs .*--no-history/],
  ['NATS_UNREACHABLE', 'cannot connect', /`precedent up`.*--url/],
] as const)('%s names what may not have been started, and how it is', (code, message, hint) => {
  expect(problemText({ code, message })).toMatch(hint);
});

it('one is one, and all others are many', () => {
  expect([0, 1, 2].map((n) => countText(n, 'run'))).toEqual(['0 runs', '1 run', '2 runs']);
  expect(countText(2, 'entry', 'entries')).toBe('2 entries');
});
