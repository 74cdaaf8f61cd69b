import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';
import { Heap } from '@precedent/scheduling';

interface Planned {
  readonly at: EpochMs;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Time for millions of events: it moves as fast as they can be worked off, and only microtasks are waited for. */
export interface SimulationClock extends Clock {
  /**
   * Works off everything until `at`, moment by moment: what is due, what that settles, then the deferred turns, until nothing
   * of the moment is left. `isPending` says whether promises are still to be waited for. The time is `at` afterwards.
   */
  runTo(at: EpochMs, isPending: () => boolean): Promise<void>;
}

export const simulationClock = (start: EpochMs): SimulationClock => {
  const heap = new Heap<Planned>((a, b) => a.at - b.at || a.order - b.order);
  let turns: (() => void)[] = [];
  let now = start;
  let asked = 0;

  const runDue = (): void => {
    for (let next = heap.peek(); next !== undefined && next.at <= now; next = heap.peek()) {
      heap.pop();
      if (!next.cancelled) next.run();
    }
  };

  const runTurns = (): void => {
    const due = turns;
    turns = [];
    for (const run of due) run();
  };

  const runTo = async (at: EpochMs, isPending: () => boolean): Promise<void> => {
    for (;;) {
      runDue();
      while (isPending()) await Promise.resolve();
      if (turns.length > 0) runTurns();
      else if ((heap.peek()?.at ?? Number.POSITIVE_INFINITY) > now) {
        const next = heap.peek()?.at ?? Number.POSITIVE_INFINITY;
        now = Math.min(at, next);
        if (next > at) return;
      }
    }
  };

  return {
    now: () => now,
    wakeAt: (at, run) => {
      const planned = { at: Math.max(at, now), order: asked++, run, cancelled: false };
      heap.push(planned);
      return () => void (planned.cancelled = true);
    },
    defer: (run) => void turns.push(run),
    runTo,
  };
};
