import { describe, expect, it } from 'vitest';
import { OPTIONAL_PART_POLICY, RESTART_POLICY, restartDelay } from './restart-policy.ts';

const policy = { delayMs: 100, delayMsMax: 300, endsMax: 5, windowMs: 60_000 };

describe('restartDelay', () => {
  it('doubles with every end in the window, up to the longest delay', () => {
    expect(restartDelay([0], policy)).toBe(100);
    expect(restartDelay([0, 1], policy)).toBe(200);
    expect(restartDelay([0, 1, 2], policy)).toBe(300);
    expect(restartDelay([0, 1, 2, 3], policy)).toBe(300);
  });

  it('gives up at the fifth end within a minute', () => {
    expect(restartDelay([0, 1, 2, 3, 59_999], policy)).toBeUndefined();
  });

  it('never gives up what others can do without, and waits longer each time, up to a minute', () => {
    const ends: number[] = [0];
    const delays = Array.from({ length: 30 }, () => {
      const delay = restartDelay(ends, OPTIONAL_PART_POLICY) ?? Number.NaN;
      ends.push((ends.at(-1) ?? 0) + delay);
      return delay;
    });
    expect(delays.slice(0, 11)).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000,
    ]);
    expect(Math.min(...delays.slice(11))).toBe(60_000);
  });

  it('forgets ends that are older than the window', () => {
    expect(restartDelay([0, 1, 2, 3, 60_004], policy)).toBe(100);
    expect(restartDelay([0, 30_000, 60_000, 90_000, 120_000, 150_000], RESTART_POLICY)).toBe(200);
  });
});
