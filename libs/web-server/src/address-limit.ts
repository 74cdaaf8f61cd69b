import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import { tooMany } from './rate-limit.ts';

const MINUTE_S = 60;

/** Counts requests that come without a credential. Rejects RATE_LIMITED beyond `perMinute` of one address, in the memory of this gateway. */
export const addressLimit = (what: string, perMinute: number): ((from: string) => Promise<void>) => {
  const requests = new RateLimiterMemory({ points: perMinute, duration: MINUTE_S });
  return async (from) => {
    await requests.consume(from).catch((full: RateLimiterRes) => {
      throw tooMany(`${what} from this address`, full);
    });
  };
};
