/** A timer of the platform that is set for longer goes off at once. Milliseconds, 25 days. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** Waits that can be cut short: by good news (the engine is back), or because everything ends. */
export class Pauses {
  readonly #waiting = new Set<() => void>();

  /** Resolves after `ms` milliseconds, or at the next `wake`. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, TIMER_MS_MAX));
      this.#waiting.add(done);
    });
  }

  wake(): void {
    for (const done of this.#waiting) done();
  }
}

/** Milliseconds before try `attempt` (0 is the first repeat): twice as long each time, up to `max`. */
export const backoffMs = (attempt: number, first: number, max: number): number =>
  Math.min(max, first * 2 ** Math.min(attempt, 30));

/** Resolves to whether `settled` settled within `ms`; never rejects, and leaves no timer behind. */
export const within = async (settled: Promise<unknown>, ms: number): Promise<boolean> => {
  const pauses = new Pauses();
  const late = pauses.sleep(ms).then(() => false);
  const done = settled.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([done, late]);
  pauses.wake();
  return inTime;
};
