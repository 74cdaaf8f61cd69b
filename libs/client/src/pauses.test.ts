import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pauses } from './pauses.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('a pause without an end does not end at once', async () => {
  const pauses = new Pauses();
  let over = 0;
  for (const ms of [Infinity, 2 ** 31, 30 * 86_400_000]) void pauses.sleep(ms).then(() => over++);
  await vi.advanceTimersByTimeAsync(86_400_000);
  expect(over).toBe(0);
  pauses.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(over).toBe(3);
});
