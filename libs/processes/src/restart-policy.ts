import { backoffMs } from '@precedent/kernel';

/** When a process that ended by itself is started again. */
export interface RestartPolicy {
  /** Milliseconds before the first restart; each later restart waits twice as long. */
  readonly delayMs: number;
  readonly delayMsMax: number;
  /** After this many ends within the window the process is not started again. */
  readonly endsMax: number;
  readonly windowMs: number;
}

export const RESTART_POLICY: RestartPolicy = {
  delayMs: 100,
  delayMsMax: 5_000,
  endsMax: 5,
  windowMs: 60_000,
};

/** For a part that the others can do without: restarted for ever, with a delay that grows to a minute. */
export const OPTIONAL_PART_POLICY: RestartPolicy = {
  delayMs: 100,
  delayMsMax: 60_000,
  endsMax: Number.POSITIVE_INFINITY,
  windowMs: 900_000,
};

/**
 * Milliseconds until the next start; `undefined` to give up. `ends` are the times at which the process ended by itself, in rising
 * order; the last of them is now.
 */
export const restartDelay = (
  ends: readonly number[],
  policy: RestartPolicy = RESTART_POLICY,
): number | undefined => {
  const now = ends.at(-1) ?? 0;
  const recent = ends.filter((at) => at > now - policy.windowMs).length;
  if (recent >= policy.endsMax) return undefined;
  return backoffMs(recent - 1, policy.delayMs, policy.delayMsMax);
};
