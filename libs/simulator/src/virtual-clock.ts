import { Timeline } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';

/** Time for millions of events: it moves as fast as they can be worked off, and only microtasks are waited for. */
export interface SimulationClock extends Clock {
  /**
   * Works off everything until `at`, moment by moment: what is due, what that settles, then the deferred turns, until nothing
   * of the moment is left. `isPending` says whether promises are still to be waited for. The time is `at` afterwards.
   */
  runTo(at: EpochMs, isPending: () => boolean): Promise<void>;
}

export const simulationClock = (start: EpochMs): SimulationClock => {
  const timeline = new Timeline(start);
  let turns: (() => void)[] = [];

  const runTurns = (): void => {
    const due = turns;
    turns = [];
    for (const run of due) run();
  };

  const runTo = async (at: EpochMs, isPending: () => boolean): Promise<void> => {
    for (;;) {
      while (timeline.nextAt <= timeline.now) timeline.step();
      while (isPending()) await Promise.resolve();
      const { nextAt } = timeline;
      if (turns.length > 0) runTurns();
      else if (nextAt > timeline.now) {
        timeline.moveTo(Math.min(at, nextAt));
        if (nextAt > at) return;
      }
    }
  };

  return {
    now: () => timeline.now,
    wakeAt: (at, run) => timeline.plan(at, run),
    defer: (run) => void turns.push(run),
    runTo,
  };
};
