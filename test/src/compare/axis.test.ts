import { describe, expect, it } from 'vitest';
import { logAxis, powersAround } from './axis.ts';

describe('logAxis', () => {
  const axis = logAxis([0, 3], [100, 400]);

  it('gives every power of ten the same width', () => {
    expect([1, 10, 100, 1_000].map(axis.at)).toEqual([100, 200, 300, 400]);
    expect(axis.ticks).toEqual([1, 10, 100, 1_000]);
    expect([10, 100, 1_000].map(logAxis([1, 3], [0, 50]).at)).toEqual([0, 25, 50]);
  });

  it('draws values beyond the ends of the axis at its ends, zero included', () => {
    expect([0, 0.01, 1e9].map(axis.at)).toEqual([100, 100, 400]);
  });
});

describe('powersAround', () => {
  it.each([
    [
      [3, 250],
      [0, 3],
    ],
    [
      [1, 10],
      [0, 1],
    ],
    [
      [0.5, 12_000],
      [-1, 5],
    ],
    [[7], [0, 1]],
    [[100], [2, 3]],
    [[0], [0, 1]],
    [[], [0, 1]],
  ])('encloses the values %j in the powers of ten %j', (values, powers) => {
    expect(powersAround(values)).toEqual(powers);
  });
});
