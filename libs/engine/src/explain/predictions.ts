import type { PredictedDuration, TaskPrediction } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { PredictionSink } from '@precedent/ports';
import { remainingAfter } from '@precedent/scheduling';
import type { Spread } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';

/** Open tasks with a prediction, at most; other tasks get none. */
const TASKS_MAX = 100_000;

/** Predicted durations of open tasks, from the history of similar ones. They are not recorded: an engine starts without any. */
export class Predictions implements PredictionSink {
  readonly #durations = new Map<string, PredictedDuration>();
  readonly #isOpen: (id: string) => boolean;

  constructor(isOpen: (id: string) => boolean) {
    this.#isOpen = isOpen;
  }

  get size(): number {
    return this.#durations.size;
  }

  update(predictions: readonly TaskPrediction[]): void {
    for (const { ids, duration } of predictions)
      for (const id of ids)
        if (this.#isOpen(id) && (this.#durations.size < TASKS_MAX || this.#durations.has(id)))
          this.#durations.set(id, duration);
  }

  of(id: string): PredictedDuration | undefined {
    return this.#durations.get(id);
  }

  forget(id: string): void {
    this.#durations.delete(id);
  }
}

/** How much longer the attempt of a running task takes; `undefined` when nothing is known, or it runs longer than nine in ten similar ones. */
export const remainingOf = (
  duration: PredictedDuration | undefined,
  { run, durable }: TaskRow,
  now: EpochMs,
): Spread | undefined =>
  duration && remainingAfter(duration, durable.ranMs + Math.max(0, now - (run.startedAt ?? now)));
