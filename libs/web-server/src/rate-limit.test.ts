import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inFlightLimit } from './in-flight.ts';
import { limitShare, rateLimited } from './rate-limit.ts';
import { OTHER_KEY, TEST_KEY, testListener } from './testing/test-listener.ts';

const LIMITS = { requestsPerSecond: 2, refusalsPerMinute: 3 };

describe('the rate of a credential', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is refused above the limit, until the window is over, and says what is left', async () => {
    const authenticate = rateLimited(testListener().options.authenticate, LIMITS);
    const quotas = [];
    for (let n = 0; n < 20; n += 1) quotas.push((await authenticate(TEST_KEY, 'here')).quota);
    expect(quotas[0]).toEqual({ limit: 20, windowMs: 10_000, remaining: 19, resetMs: 10_000 });
    expect(quotas[19]).toMatchObject({ remaining: 0 });
    vi.advanceTimersByTime(4_000);
    await expect(authenticate(TEST_KEY, 'elsewhere')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      extras: { retryAfterMs: 6_000 },
    });
    await expect(authenticate(OTHER_KEY, 'here')).resolves.toMatchObject({ credential: 'k2' });
    vi.advanceTimersByTime(6_000);
    await expect(authenticate(TEST_KEY, 'here')).resolves.toMatchObject({ quota: { remaining: 19 } });
  });
});

describe('the share of a limit', () => {
  it.each([
    [100, 0, 100],
    [100, 1, 100],
    [100, 3, 33],
    [2, 5, 1],
  ])('of %d among %d gateways is %d', (limit, gateways, share) => {
    expect(limitShare(limit, gateways)).toBe(share);
  });

  it('is what a gateway allows, and says, as the others come and go', async () => {
    let live = 1;
    const authenticate = rateLimited(testListener().options.authenticate, LIMITS, { gateways: () => live });
    const quota = async () => (await authenticate(TEST_KEY, 'here')).quota;
    expect(await quota()).toMatchObject({ limit: 20, remaining: 19 });
    live = 4;
    expect(await quota()).toMatchObject({ limit: 5, remaining: 3 });
    for (let n = 0; n < 3; n += 1) await quota();
    await expect(quota()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    live = 2;
    expect(await quota()).toMatchObject({ limit: 10 });
  });

  it('holds for wrong credentials too', async () => {
    const authenticate = rateLimited(testListener().options.authenticate, LIMITS, { gateways: () => 3 });
    await expect(authenticate('wrong', 'here')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(authenticate(TEST_KEY, 'here')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});

describe('wrong credentials of one address', () => {
  it('are no longer looked at above the limit, and neither are good ones', async () => {
    const authenticate = rateLimited(testListener().options.authenticate, LIMITS);
    for (let n = 0; n < 3; n += 1)
      await expect(authenticate(`wrong ${n}`, 'here')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    for (const token of ['wrong', TEST_KEY])
      await expect(authenticate(token, 'here')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(authenticate(TEST_KEY, 'elsewhere')).resolves.toMatchObject({ credential: 'k1' });
  });
});

describe('requests in flight', () => {
  it('of one credential are limited, and count until their response is closed', () => {
    const enter = inFlightLimit(2);
    const [first, second, third] = [new EventEmitter(), new EventEmitter(), new EventEmitter()];
    enter('k1', first);
    enter('k1', second);
    expect(() => enter('k1', third)).toThrow('2 requests with this credential');
    enter('k2', third);
    first.emit('close');
    enter('k1', third);
  });
});
