import type { Clock } from '@precedent/ports';

/** The longest delay that a timer of the platform takes. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Real time that never jumps: the wall clock at the start, carried on by the monotonic one. A wall clock that is set back
 * or forth while a program runs expires nothing and delays nothing.
 */
export const systemClock = (): Clock => {
  const start = Date.now() - performance.now();
  const now = (): number => Math.floor(start + performance.now());
  const wakeAt = (at: number, run: () => void): (() => void) => {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = Math.max(0, at - now());
      timer = left > TIMER_MAX_MS ? setTimeout(arm, TIMER_MAX_MS) : setTimeout(run, left);
    };
    arm();
    return () => clearTimeout(timer);
  };
  return { now, wakeAt, defer: (run) => void setImmediate(run) };
};
