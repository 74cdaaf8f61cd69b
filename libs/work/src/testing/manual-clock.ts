import { Timeline } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';

/** A clock that a test turns by hand. */
export interface ManualClock extends Pick<Clock, 'now' | 'wakeAt'> {
  /** Sets it forward and wakes everybody whose time has come. */
  turn(ms: number): void;
  /** How many wait to be woken. */
  readonly waiting: number;
}

export const manualClock = (): ManualClock => {
  const timeline = new Timeline(0);
  let waiting = 0;
  return {
    now: () => timeline.now,
    wakeAt: (at, run) => {
      waiting++;
      let isWaiting = true;
      const end = (): void => {
        if (isWaiting) waiting--;
        isWaiting = false;
      };
      const takeBack = timeline.plan(at, () => {
        end();
        run();
      });
      return () => {
        takeBack();
        end();
      };
    },
    turn: (ms) => {
      const until = timeline.now + ms;
      while (timeline.nextAt <= until) timeline.step();
      timeline.moveTo(until);
    },
    get waiting() {
      return waiting;
    },
  };
};
