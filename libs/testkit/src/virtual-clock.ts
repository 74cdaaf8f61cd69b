import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';
import { EventHeap } from './event-heap.ts';

/** Events that may happen within one run; more than this is taken for a loop that time does not leave. */
const STEPS_MAX = 5_000_000;

/** Time that moves only when it is told to. Timers and turns that fall on one moment run in the order asked. */
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
  const heap = new EventHeap();
  let now = start;
  let asked = 0;

  const plan = (at: EpochMs, run: () => void): (() => void) => {
    const event = { at: Math.max(at, now), order: asked++, run, cancelled: false };
    heap.push(event);
    return () => {
      event.cancelled = true;
    };
  };

  const step = (): boolean => {
    const event = heap.pop();
    if (!event) return false;
    now = event.at;
    event.run();
    return true;
  };

  const runDue = async (until: EpochMs): Promise<void> => {
    await promises();
    for (let steps = 0; (heap.peek()?.at ?? Infinity) <= until; steps++) {
      if (steps > STEPS_MAX) throw new Error(`${STEPS_MAX} events happened before ${until}`);
      step();
      await promises();
    }
  };

  const runUntil = async (predicate: () => boolean, limitMs = 3_600_000): Promise<void> => {
    const limit = now + limitMs;
    await promises();
    for (let steps = 0; !predicate(); steps++) {
      const next = heap.peek()?.at;
      if (next === undefined)
        throw new Error(`at ${now} nothing is planned that could fulfil ${String(predicate)}`);
      if (next > limit || steps > STEPS_MAX)
        throw new Error(`${limitMs} ms did not fulfil ${String(predicate)}`);
      step();
      await promises();
    }
  };

  return {
    now: () => now,
    wakeAt: plan,
    defer: (run) => void plan(now, run),
    step,
    nextAt: () => heap.peek()?.at,
    advanceTo: async (at) => {
      await runDue(at);
      now = Math.max(now, at);
    },
    settle: () => runDue(now),
    runUntil,
  };
};

/** One turn of the real event loop: every promise that can settle has settled, and its reactions have run. */
const promises = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
