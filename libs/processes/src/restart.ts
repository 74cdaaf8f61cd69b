/** When to start something again that ended by itself. */
export interface RestartPolicy {
  /** Milliseconds before the first restart; each one after it waits twice as long. */
  readonly delayMs: number;
  readonly delayMsMax: number;
  /** This many ends within the window, and it is not started again. */
  readonly endsMax: number;
  readonly windowMs: number;
}

export const RESTART_POLICY: RestartPolicy = {
  delayMs: 100,
  delayMsMax: 5_000,
  endsMax: 5,
  windowMs: 60_000,
};

/** For what the rest works without: never given up, with a pause that grows to a minute. */
export const PATIENT_POLICY: RestartPolicy = {
  delayMs: 100,
  delayMsMax: 60_000,
  endsMax: Number.POSITIVE_INFINITY,
  windowMs: 900_000,
};

/**
 * Milliseconds until the next start; `undefined` to give up. `ends` are the times at which it ended by itself, rising, the last
 * of them now.
 */
export const restartDelay = (
  ends: readonly number[],
  policy: RestartPolicy = RESTART_POLICY,
): number | undefined => {
  const now = ends.at(-1) ?? 0;
  const recent = ends.filter((at) => at > now - policy.windowMs).length;
  if (recent >= policy.endsMax) return undefined;
  return Math.min(policy.delayMs * 2 ** Math.max(0, recent - 1), policy.delayMsMax);
};
