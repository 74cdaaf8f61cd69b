import { Timeline } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';

/** Events that may happen within one run; more than this is taken for a loop that time does not leave. */
const STEPS_MAX = 5_000_000;

/** Time that moves only when a test advances it. Timers and turns that fall on one moment run in the order in which they were planned. */
export interface VirtualClock extends Clock {
  /** Moves to the next event and runs it; `false` when nothing is planned. Promises are not waited for. */
  step(): boolean;
  /** When the next event is due; `undefined` when nothing is planned. */
  nextAt(): EpochMs | undefined;
  /** Runs everything that falls due until `at`, with the promises that it settles, and leaves the time at `at`. */
  advanceTo(at: EpochMs): Promise<void>;
  /** Lets pending promises and the turns that are already due run, without moving the time. */
  settle(): Promise<void>;
  /**
   * Runs event by event until the predicate holds. Throws when `limitMs` of virtual time pass before (default: one hour), or
   * when nothing is left that could make it hold.
   */
  runUntil(predicate: () => boolean, limitMs?: number): Promise<void>;
}

export const virtualClock = (start: EpochMs = Date.UTC(2026, 0, 1)): VirtualClock => {
  const timeline = new Timeline(start);

  const runDue = async (until: EpochMs): Promise<void> => {
    await promises();
    for (let steps = 0; timeline.nextAt <= until; steps++) {
      if (steps > STEPS_MAX) throw new Error(`${STEPS_MAX} events happened before ${until}`);
      timeline.step();
      await promises();
    }
  };

  const runUntil = async (predicate: () => boolean, limitMs = 3_600_000): Promise<void> => {
    const limit = timeline.now + limitMs;
    await promises();
    for (let steps = 0; !predicate(); steps++) {
      const { now, nextAt } = timeline;
      if (nextAt === Infinity)
        throw new Error(`at ${now} nothing is planned that could fulfil ${String(predicate)}`);
      if (nextAt > limit || steps > STEPS_MAX)
        throw new Error(`${limitMs} ms did not fulfil ${String(predicate)}`);
      timeline.step();
      await promises();
    }
  };

  return {
    now: () => timeline.now,
    wakeAt: (at, run) => timeline.plan(at, run),
    defer: (run) => void timeline.plan(timeline.now, run),
    step: () => timeline.step(),
    nextAt: () => (timeline.nextAt === Infinity ? undefined : timeline.nextAt),
    advanceTo: async (at) => {
      await runDue(at);
      timeline.moveTo(at);
    },
    settle: () => runDue(timeline.now),
    runUntil,
  };
};

/** One turn of the real event loop: every promise that can settle has settled, and its reactions have run. */
const promises = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
