import type { Band, Problem } from '@precedent/kernel';

/** What a band may hold while it waits. */
export interface BandLimits {
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
}

export interface BandUse {
  readonly queued: number;
  readonly queuedBytes: number;
}

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 30_000;

/** Refuses a task when its band is full, before memory is: QUEUE_FULL with a time after which to try again. */
export const refuseWhenFull = (
  band: Band,
  use: BandUse,
  limits: BandLimits,
  settledPerSecond: number,
): Problem | undefined => {
  const full =
    use.queued >= limits.maxWaiting
      ? `band ${band} holds ${use.queued} of ${limits.maxWaiting} waiting tasks`
      : use.queuedBytes >= limits.maxWaitingBytes
        ? `band ${band} holds ${use.queuedBytes} of ${limits.maxWaitingBytes} bytes of waiting tasks`
        : undefined;
  if (full === undefined) return undefined;
  return { code: 'QUEUE_FULL', message: full, retryAfterMs: retryAfterMs(use.queued, settledPerSecond) };
};

/** The time in which a hundredth of the queue drains at the present throughput. */
export const retryAfterMs = (queued: number, settledPerSecond: number): number => {
  const ms = (Math.max(1, queued / 100) / Math.max(1, settledPerSecond)) * 1_000;
  return Math.round(Math.min(RETRY_MAX_MS, Math.max(RETRY_MIN_MS, ms)));
};
