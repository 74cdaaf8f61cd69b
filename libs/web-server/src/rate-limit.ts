import { AppError } from '@precedent/kernel';
import { silentGateway } from '@precedent/ports';
import type { Authenticate, GatewayTelemetry, Quota } from '@precedent/ports';
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

export interface RateLimitOptions {
  /** How many gateways count now, with this one. */
  readonly gateways?: () => number;
  readonly telemetry?: GatewayTelemetry;
}

/** What one of several gateways may give of a limit. Each of them gives something. */
export const limitShare = (limit: number, gateways: number): number =>
  Math.max(1, Math.floor(limit / Math.max(1, gateways)));

/**
 * Counts the requests of each credential, and the refused ones of each address, in memory. Each of several gateways gives its
 * share, so that a client that all of them serve may send what one of them alone would allow. Throws RATE_LIMITED.
 */
export const rateLimited = (
  authenticate: Authenticate,
  { requestsPerSecond, refusalsPerMinute }: RateLimits,
  { gateways = () => 1, telemetry = silentGateway }: RateLimitOptions = {},
): Authenticate => {
  const [requestsMax, refusalsMax] = [requestsPerSecond * WINDOW_S, refusalsPerMinute];
  const requests = new RateLimiterMemory({ points: requestsMax, duration: WINDOW_S });
  const refusals = new RateLimiterMemory({ points: refusalsMax, duration: MINUTE_S });
  const limited = (what: string, counted: RateLimiterRes): AppError => {
    telemetry.emit({ name: 'request.limited', limit: 'rate' });
    return tooMany(what, counted);
  };
  return async (token, from) => {
    const live = gateways();
    const refused = await refusals.get(from);
    if (refused !== null && refused.consumedPoints >= limitShare(refusalsMax, live))
      throw limited('refused credentials from this address', refused);
    const session = await authenticate(token, from).catch(async (error: unknown) => {
      await refusals.penalty(from);
      throw error;
    });
    const limit = limitShare(requestsMax, live);
    requests.points = limit;
    const taken = await requests.consume(session.credential ?? 'local').catch((full: RateLimiterRes) => {
      throw limited('requests with this credential', full);
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
