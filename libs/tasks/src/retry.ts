import { backoffMs, mayRetry } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { RetryPolicy } from './task-class.ts';

/**
 * Milliseconds before retry number `retry` (1 for the first). Exponential, capped, and shortened by a random share:
 * `random` in [0, 1), so that tasks that failed together do not come back together.
 */
export const retryDelay = (policy: RetryPolicy, retry: number, random: number): number => {
  const full = backoffMs(retry - 1, policy.delay, policy.maxDelay, policy.backoff);
  return Math.round(full * (1 - policy.jitter * random));
};

/**
 * Milliseconds that an error says to wait, such as that of a server which is busy; no longer than the policy ever waits.
 */
export const requestedDelay = ({ maxDelay }: RetryPolicy, { retryAfterMs = 0 }: Problem): number =>
  Math.min(maxDelay, Math.max(0, Math.round(retryAfterMs)));

/**
 * Whether the policy allows a retry after this error. `name` is the class of the error that a handler threw. Where the worker
 * does not say, the catalogue says which errors a retry cannot mend.
 */
export const mayRetryAfter = (
  policy: RetryPolicy,
  error: Problem & { name?: string | undefined },
  claimed: boolean | undefined,
): boolean => {
  const isWorthIt = claimed ?? mayRetry(error.code);
  return (
    isWorthIt &&
    !policy.nonRetryable.includes(error.code) &&
    !(error.name !== undefined && policy.nonRetryable.includes(error.name))
  );
};
