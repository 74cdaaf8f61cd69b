import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { freshToken } from './fresh-token.ts';
import type { TimedToken } from './fresh-token.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const setup = (seconds: number) => {
  const state = { refreshes: 0, isDown: false };
  const made = (): TimedToken => ({
    idToken: `token ${state.refreshes}`,
    expiresAt: Date.now() + seconds * 1_000,
  });
  const refresh = async (): Promise<TimedToken> => {
    state.refreshes += 1;
    if (state.isDown) throw new Error('unreachable');
    return made();
  };
  return { state, token: freshToken({ first: made(), refresh, now: Date.now }) };
};

it('replaces a token a minute before its end, again and again', async () => {
  const { token } = setup(300);
  await vi.advanceTimersByTimeAsync(239_999);
  expect(token()).toBe('token 0');
  await vi.advanceTimersByTimeAsync(1);
  expect(token()).toBe('token 1');
  await vi.advanceTimersByTimeAsync(240_000);
  expect(token()).toBe('token 2');
});

it('replaces a short token every ten seconds', async () => {
  const { token } = setup(30);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(token()).toBe('token 2');
});

it('goes on with the last token while there is no other, and tries again', async () => {
  const { token, state } = setup(300);
  state.isDown = true;
  await vi.advanceTimersByTimeAsync(250_000);
  expect([token(), state.refreshes]).toEqual(['token 0', 2]);
  state.isDown = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(token()).toBe('token 3');
});
