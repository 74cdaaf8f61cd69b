import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TIMER_MS_MAX, startInterval, startTimer, timerMs } from './timer.ts';

const DAY_MS = 86_400_000;
/** Around what a timer of the platform can wait, and what people write into a configuration. */
const LONG = [
  TIMER_MS_MAX - 1,
  TIMER_MS_MAX,
  TIMER_MS_MAX + 1,
  2 ** 31,
  2 ** 32 + 5,
  30 * DAY_MS,
  366 * DAY_MS,
];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a timer', () => {
  it.each([1, 1_500, ...LONG])('set for %d ms fires then, once, and not before', (ms) => {
    const run = vi.fn();
    startTimer(ms, run);
    vi.advanceTimersByTime(ms - 1);
    expect(run).toHaveBeenCalledTimes(0);
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(LONG)('set for %d ms can be cancelled late', (ms) => {
    const run = vi.fn();
    const timer = startTimer(ms, run);
    vi.advanceTimersByTime(ms - 1);
    timer.cancel();
    vi.advanceTimersByTime(ms);
    expect(run).not.toHaveBeenCalled();
  });

  it('fires at the next turn when its time is over already', () => {
    const run = vi.fn();
    startTimer(-5, run);
    vi.advanceTimersByTime(0);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('set for ever never fires', () => {
    const run = vi.fn();
    startTimer(Number.POSITIVE_INFINITY, run);
    vi.advanceTimersByTime(1_000 * DAY_MS);
    expect(run).not.toHaveBeenCalled();
  });
});

describe('an interval', () => {
  it.each([10, 30 * DAY_MS])('of %d ms fires each time that it is over, until it is cancelled', (ms) => {
    const run = vi.fn();
    const interval = startInterval(ms, run);
    vi.advanceTimersByTime(3 * ms);
    expect(run).toHaveBeenCalledTimes(3);
    interval.cancel();
    vi.advanceTimersByTime(3 * ms);
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('can be cancelled by what it calls', () => {
    const interval = startInterval(10, () => interval.cancel());
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('a limit for another library is never more than its timer can wait', () => {
  expect([-1, 5, 366 * DAY_MS, Number.POSITIVE_INFINITY].map(timerMs)).toEqual([
    0,
    5,
    TIMER_MS_MAX,
    TIMER_MS_MAX,
  ]);
});
