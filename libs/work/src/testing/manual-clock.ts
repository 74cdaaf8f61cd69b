import type { Clock } from '@precedent/ports';

/** A clock that a test turns by hand. */
export interface ManualClock extends Pick<Clock, 'now' | 'wakeAt'> {
  /** Sets it forward and wakes everybody whose time has come. */
  turn(ms: number): void;
  /** How many wait to be woken. */
  readonly waiting: number;
}

export const manualClock = (): ManualClock => {
  let now = 0;
  let alarms: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    wakeAt: (at, run) => {
      const alarm = { at, run };
      alarms.push(alarm);
      return () => {
        alarms = alarms.filter((other) => other !== alarm);
      };
    },
    turn: (ms) => {
      now += ms;
      const due = alarms.filter(({ at }) => at <= now);
      alarms = alarms.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
    get waiting() {
      return alarms.length;
    },
  };
};
