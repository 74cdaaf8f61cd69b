import { startTimer } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';

/** A token, and when it ends. */
export interface TimedToken {
  readonly idToken: string;
  readonly expiresAt: EpochMs;
}

export interface FreshTokenOptions {
  readonly first: TimedToken;
  readonly refresh: () => Promise<TimedToken>;
  readonly now: () => EpochMs;
}

/** So long before its end a token is replaced: a command still has to use it. Milliseconds. */
export const EARLY_MS = 60_000;
/** Between two refreshes at least, where tokens are short or the provider does not answer. Milliseconds. */
const PAUSE_MS = 10_000;

/**
 * The token of now: it is replaced before its end for as long as the process lives, because a connection ends with its token. Where that
 * fails the last one is given, and the server refuses it.
 */
export const freshToken = ({ first, refresh, now }: FreshTokenOptions): (() => string) => {
  let current = first;
  const wait = (): void => {
    const timer = startTimer(Math.max(current.expiresAt - EARLY_MS - now(), PAUSE_MS), () => void replace());
    timer.unref();
  };
  const replace = async (): Promise<void> => {
    try {
      current = await refresh();
    } catch {
      // The next try may do better.
    }
    wait();
  };
  wait();
  return () => current.idToken;
};
