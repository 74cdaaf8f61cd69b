import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayRetryAfter, requestedDelay, retryDelay } from './retry.ts';
import { aPolicy, policies } from './task.arbitraries.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const retries = fc.integer({ min: 1, max: 100 });

describe('the delay that an error requests', () => {
  it('is a whole number of milliseconds within the limit of the policy, and none where the error names none', () => {
    const policy = aPolicy({ maxDelay: 10_000 });
    const delays = [undefined, 0, -5, 2_000.4, 10_000, 3_600_000].map((retryAfterMs) =>
      requestedDelay(policy, {
        code: 'HTTP_FAILED',
        message: 'busy',
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      }),
    );
    expect(delays).toEqual([0, 0, 0, 2_000, 10_000, 10_000]);
  });
});

describe('the delay before a retry', () => {
  it('grows by its factor up to its limit', () => {
    const policy = aPolicy({ delay: 1_000, backoff: 2, maxDelay: 10_000 });
    expect([1, 2, 3, 4, 5, 6, 100].map((retry) => retryDelay(policy, retry, 0.9))).toEqual([
      1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000,
    ]);
  });

  it('is shortened by up to its jitter, never lengthened', () => {
    const policy = aPolicy({ delay: 1_000, jitter: 0.2 });
    expect([0, 0.5, 0.999].map((random) => retryDelay(policy, 1, random))).toEqual([1_000, 900, 800]);
  });

  it('is a whole number between its jittered and its full length, for every policy', () => {
    fc.assert(
      fc.property(policies, retries, chance, (policy, retry, random) => {
        const full = Math.min(policy.maxDelay, policy.delay * policy.backoff ** (retry - 1));
        const delay = retryDelay(policy, retry, random);
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeLessThanOrEqual(full);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(full * (1 - policy.jitter)));
      }),
    );
  });

  it('never falls from one retry to the next with the same random number', () => {
    fc.assert(
      fc.property(policies, retries, chance, (policy, retry, random) => {
        expect(retryDelay(policy, retry + 1, random)).toBeGreaterThanOrEqual(
          retryDelay(policy, retry, random),
        );
      }),
    );
  });

  it('is finite for the last retry of the longest policy that the ingress accepts', () => {
    const policy = aPolicy({ max: 100, delay: 366 * 86_400_000, backoff: 10, maxDelay: 366 * 86_400_000 });
    expect(retryDelay(policy, 100, 0)).toBe(366 * 86_400_000);
  });
});

describe('another try', () => {
  const policy = aPolicy({ nonRetryable: ['COMMAND_NOT_FOUND', 'TypeError'] });

  it.each([
    ['after an ordinary error', { code: 'HANDLER_FAILED', message: '' }, undefined, true],
    [
      'not after an error that another try cannot mend',
      { code: 'INVALID_TASK', message: '' },
      undefined,
      false,
    ],
    ['when the handler says so, even then', { code: 'INVALID_TASK', message: '' }, true, true],
    ['when the handler says so', { code: 'HANDLER_FAILED', message: '' }, true, true],
    ['not when the handler says so', { code: 'HANDLER_FAILED', message: '' }, false, false],
    ['not after a code that the policy names', { code: 'COMMAND_NOT_FOUND', message: '' }, undefined, false],
    [
      'not after an error whose class it names',
      { code: 'HANDLER_FAILED', message: '', name: 'TypeError' },
      true,
      false,
    ],
    [
      'after an error of another class',
      { code: 'HANDLER_FAILED', message: '', name: 'RangeError' },
      undefined,
      true,
    ],
  ] as const)('is made %s', (_, error, claimed, expected) => {
    expect(mayRetryAfter(policy, error, claimed)).toBe(expected);
  });
});
