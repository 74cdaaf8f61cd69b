import type { Clock } from '@precedent/ports';

/** Real time that never steps back: the wall clock at the start, carried on by the monotonic one. */
export const systemClock = (): Pick<Clock, 'now' | 'wakeAt'> => {
  const start = Date.now() - performance.now();
  const now = (): number => Math.floor(start + performance.now());
  return {
    now,
    wakeAt: (at, run) => {
      const timer = setTimeout(run, Math.max(0, at - now()));
      return () => clearTimeout(timer);
    },
  };
};
