import { expect, it } from 'vitest';
import { formatAgo, formatIn } from './duration.ts';
import { countText, timesText } from './wording.ts';

it('one is one, and all others are many', () => {
  expect([0, 1, 2].map((count) => countText(count, 'task'))).toEqual(['0 tasks', '1 task', '2 tasks']);
  expect(countText(2, 'entry', 'entries')).toBe('2 entries');
  expect([1, 2].map(timesText)).toEqual(['once', '2 times']);
});

it('no time at all is now', () => {
  expect([0, 0.4, 1_200].map(formatIn)).toEqual(['now', 'now', 'in 1.2s']);
  expect([0, 1_200].map(formatAgo)).toEqual(['now', '1.2s ago']);
});
