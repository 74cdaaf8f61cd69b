import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

const word = fc.stringMatching(/^[a-c]{0,6}$/);

describe('nearest', () => {
  it.each([
    ['prioriy', 'priority'],
    ['timeout', 'timeouts'],
    ['PAYLOAD', 'payload'],
    ['idempotency-key', 'idempotencyKey'],
  ])('takes %s for %s', (name, meant) => {
    expect(nearest(name, ['type', 'payload', 'priority', 'timeouts', 'idempotencyKey'])).toBe(meant);
  });

  it('has no answer when nothing is near, or there is nothing', () => {
    expect(nearest('colour', ['type', 'payload'])).toBeUndefined();
    expect(nearest('type', [])).toBeUndefined();
  });

  it('takes the first of two that are equally near', () => {
    expect(nearest('pool', ['poll', 'poor'])).toBe('poll');
  });

  it('finds a name that is there', () => {
    fc.assert(
      fc.property(word, fc.array(word), (name, others) => {
        expect(nearest(name, [...others, name])).toBe(name);
      }),
    );
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['flaw', 'lawn', 2],
  ])('of %j and %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is a metric', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});
