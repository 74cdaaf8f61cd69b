import { AppError } from '@precedent/kernel';
import type { Authenticate, Quota } from '@precedent/ports';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RateLimiterRes } from 'rate-limiter-flexible';

export interface RateLimits {
  /** Of one credential, a second on average. */
  readonly requestsPerSecond: number;
  /** Wrong credentials from one address, a minute. */
  readonly refusalsPerMinute: number;
}

/** Requests may come in bursts within it. Seconds. */
const WINDOW_S = 10;
const MINUTE_S = 60;

/**
 * Counts the requests of each credential, and the refused ones of each address. In memory, so for one gateway: with several a client may send
 * as much to each. Throws RATE_LIMITED.
 */
export const rateLimited = (
  authenticate: Authenticate,
  { requestsPerSecond, refusalsPerMinute }: RateLimits,
): Authenticate => {
  const limit = requestsPerSecond * WINDOW_S;
  const requests = new RateLimiterMemory({ points: limit, duration: WINDOW_S });
  const refusals = new RateLimiterMemory({ points: refusalsPerMinute, duration: MINUTE_S });
  return async (token, from) => {
    const refused = await refusals.get(from);
    if (refused !== null && refused.consumedPoints >= refusalsPerMinute)
      throw tooMany('refused credentials from this address', refused);
    const session = await authenticate(token, from).catch(async (error: unknown) => {
      await refusals.penalty(from);
      throw error;
    });
    const taken = await requests.consume(session.credential ?? 'local').catch((full: RateLimiterRes) => {
      throw tooMany('requests with this credential', full);
    });
    const quota: Quota = {
      limit,
      windowMs: WINDOW_S * 1_000,
      remaining: taken.remainingPoints,
      resetMs: taken.msBeforeNext,
    };
    return { ...session, quota };
  };
};

export const tooMany = (what: string, { msBeforeNext }: RateLimiterRes): AppError =>
  new AppError('RATE_LIMITED', `too many ${what}`, { retryAfterMs: msBeforeNext });
