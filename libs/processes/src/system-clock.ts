import type { Clock } from '@precedent/ports';
import { startTimer } from '@precedent/kernel';

/**
 * Real time that never jumps: the wall clock at the start, carried on by the monotonic one. A wall clock that is set back
 * or forth while a program runs expires nothing and delays nothing.
 */
export const systemClock = (): Clock => {
  const start = Date.now() - performance.now();
  const now = (): number => Math.floor(start + performance.now());
  const wakeAt = (at: number, run: () => void): (() => void) => {
    const timer = startTimer(at - now(), run);
    return () => timer.cancel();
  };
  return { now, wakeAt, defer: (run) => void setImmediate(run) };
};
