import type { EpochMs, Wake } from '@precedent/kernel';

/** Time and turns of the event loop. A virtual one drives the simulator. */
export interface Clock {
  /** Epoch milliseconds; never steps back, even when the wall clock does. */
  now(): EpochMs;
  /** Calls `run` once at or after `at`; the returned function takes it back. */
  wakeAt(at: EpochMs, run: () => void): () => void;
  /** Calls `run` in the next turn of the event loop, after the input that is already there. */
  defer(run: () => void): void;
}

/** The waits of `sleep`, `settlesWithin` and `retryUntilAborted`, by this clock. */
export const wakeBy =
  (clock: Pick<Clock, 'now' | 'wakeAt'>): Wake =>
  (ms, run) =>
    clock.wakeAt(clock.now() + ms, run);
