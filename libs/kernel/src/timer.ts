/**
 * Timers of any length. A timer of the platform that is set for more than 2^31 - 1 milliseconds (24.8 days) fires at once; these
 * are set again instead. Real time: the domain gets its time from the `Clock` port. They run in browsers too.
 */

/** Milliseconds that one timer of the platform can wait. For limits that are passed on to other libraries. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** The time as a library's own timer takes it; a longer one becomes 24.8 days. */
export const timerMs = (ms: number): number => Math.min(TIMER_MS_MAX, Math.max(0, ms));

export interface Timer {
  /** It does not fire any more. Harmless when it has fired. */
  cancel(): void;
  /** Does not keep a Node process alive. */
  unref(): Timer;
}

/** Calls `run` once after `ms` milliseconds: at the next turn for 0 and less, never for infinity. */
export const startTimer = (ms: number, run: () => void): Timer => armed(ms, run, false);

/** Calls `run` every `ms` milliseconds until it is cancelled. */
export const startInterval = (ms: number, run: () => void): Timer => armed(ms, run, true);

const armed = (ms: number, run: () => void, repeats: boolean): Timer => {
  let handle: ReturnType<typeof setTimeout>;
  let isHeld = true;
  const arm = (left: number): void => {
    const stepMs = timerMs(left);
    handle = setTimeout(() => (left > stepMs ? arm(left - stepMs) : fire()), stepMs);
    if (!isHeld) release(handle);
  };
  const fire = (): void => {
    if (repeats) arm(ms);
    run();
  };
  arm(ms);
  const timer: Timer = {
    cancel: () => clearTimeout(handle),
    unref: () => {
      isHeld = false;
      release(handle);
      return timer;
    },
  };
  return timer;
};

/** A browser's timer is a number, and holds nothing. */
const release = (handle: ReturnType<typeof setTimeout>): void => {
  if (typeof handle === 'object') handle.unref();
};
