import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { terminateOnStop } from './terminator.ts';

const DAY_MS = 86_400_000;
/** Above the highest number that Linux gives to a process: nothing is signalled. */
const NO_PROCESS = 2 ** 22 + 1;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the stop of a command', () => {
  it.each([1_000, 2 ** 31, 30 * DAY_MS, 366 * DAY_MS])(
    'uses force when its grace of %d ms is over, and not before',
    (graceMs) => {
      const controller = new AbortController();
      const family = { group: NO_PROCESS, tag: 'none' };
      const stop = terminateOnStop(controller.signal, family, () => undefined);
      controller.abort({ reason: 'cancelled', graceMs });
      vi.advanceTimersByTime(graceMs - 1);
      expect(stop.forced).toBe(false);
      vi.advanceTimersByTime(1);
      expect(stop.forced).toBe(true);
    },
  );
});
