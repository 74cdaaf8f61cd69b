import type { Clock } from '@precedent/ports';

/** Resolves after `ms`, or as soon as the signal aborts. */
export const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      disarm();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const disarm = clock.wakeAt(clock.now() + ms, end);
    signal.addEventListener('abort', end);
  });
};
