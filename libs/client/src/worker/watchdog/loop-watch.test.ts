import { describe, expect, it } from 'vitest';
import { BLOCKED_MS, CHECK_MS, LoopWatch } from './loop-watch.ts';

/** Looks every `CHECK_MS` at a loop that has stopped after one tick. */
const stopped = (checks: number): number[] => {
  const watch = new LoopWatch(0);
  return Array.from({ length: checks }, (_, at) => watch.check(1, at * CHECK_MS));
};

describe('LoopWatch', () => {
  it('takes a loop that has not gone on for a second for blocked, since its last tick', () => {
    const checks = BLOCKED_MS / CHECK_MS;
    expect(stopped(checks + 2)).toEqual([
      ...Array<number>(checks).fill(0),
      BLOCKED_MS,
      BLOCKED_MS + CHECK_MS,
    ]);
  });

  it('takes a loop that goes on for one that is not blocked any more', () => {
    const watch = new LoopWatch(0);
    watch.check(1, 0);
    for (let now = CHECK_MS; now <= BLOCKED_MS; now += CHECK_MS) watch.check(1, now);
    expect(watch.check(2, BLOCKED_MS + CHECK_MS)).toBe(0);
  });

  it('does not count the time in which the whole process stood still', () => {
    const watch = new LoopWatch(0);
    watch.check(1, 0);
    watch.check(1, CHECK_MS);
    expect(watch.check(1, 60_000)).toBe(0);
    expect(watch.check(1, 60_000 + BLOCKED_MS)).toBe(0);
  });
});
