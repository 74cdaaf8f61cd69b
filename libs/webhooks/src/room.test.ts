import { describe, expect, it } from 'vitest';
import { OPEN_DELIVERIES_MAX, deliveryRoom } from './room.ts';

const open = (fresh: number, failed: number) => [
  ...Array.from({ length: fresh }, () => ({ retries: 0 })),
  ...Array.from({ length: failed }, () => ({ retries: 3 })),
];

describe('the room for deliveries of a webhook', () => {
  it('is a hundred at a time while its receiver answers', () => {
    expect([0, 40, 100, 120].map((fresh) => deliveryRoom(open(fresh, 0)))).toEqual([100, 60, 0, 0]);
  });

  it('is four at a time while ten or more have failed, and not for fewer', () => {
    expect([0, 9, 10, 400].map((failed) => deliveryRoom(open(0, failed)))).toEqual([100, 100, 4, 4]);
    expect([3, 4, 50].map((fresh) => deliveryRoom(open(fresh, 20)))).toEqual([1, 0, 0]);
  });

  it('ends with the number of open deliveries', () => {
    const failed = OPEN_DELIVERIES_MAX;
    expect([failed - 2, failed, failed + 1].map((count) => deliveryRoom(open(0, count)))).toEqual([2, 0, 0]);
  });
});
