import { backoffMs } from './backoff.ts';
import { isOutage } from './problem.ts';
import { sleep } from './waiting.ts';
import type { Wake } from './waiting.ts';

export interface RetryOptions {
  /** Ends the repetition. */
  readonly signal: AbortSignal;
  /** Milliseconds before the first repeat; each later one waits twice as long. */
  readonly firstMs: number;
  /** Milliseconds before a repeat, at most. */
  readonly maxMs: number;
  /** Whether a repeat may succeed. By default when the error is an outage, by the catalogue. */
  readonly isWorthIt?: (error: unknown) => boolean;
  /** Called with each failure that is followed by a repeat. Throws to give up. */
  readonly onFailure?: (error: unknown) => void;
  /** How far the work has come. When it has come further since the last failure, the waits begin again with the shortest. */
  readonly progress?: () => number;
  /** Real time by default. */
  readonly wake?: Wake;
}

/**
 * Repeats `work` until it succeeds, with growing waits between. Resolves to `undefined` when the signal was aborted first. Rejects with an
 * error that no repeat can mend.
 */
export const retryUntilAborted = async <T>(
  work: () => Promise<T>,
  { signal, firstMs, maxMs, isWorthIt = isOutage, onFailure, progress, wake }: RetryOptions,
): Promise<T | undefined> => {
  let [reached, repeat] = [progress?.() ?? 0, 0];
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (!isWorthIt(error)) throw error;
      onFailure?.(error);
      const now = progress?.() ?? 0;
      if (now > reached) [reached, repeat] = [now, 0];
      await sleep(backoffMs(repeat++, firstMs, maxMs), signal, wake);
    }
  }
  return undefined;
};
