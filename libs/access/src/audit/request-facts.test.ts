import { expect, test } from 'vitest';
import { requestFacts } from './request-facts.ts';

test('the facts of a request are its project and the ids that it names', () => {
  expect(requestFacts({ project: 'web', ids: ['a', 'b'], reason: 'late' })).toEqual({
    project: 'web',
    targets: ['a', 'b'],
  });
  expect(requestFacts('none')).toEqual({});
});

test('of the token of a set they hold the id of its task, and not the rest', () => {
  expect(requestFacts({ token: 'task-id.secret' })).toEqual({ targets: ['task-id'] });
});
