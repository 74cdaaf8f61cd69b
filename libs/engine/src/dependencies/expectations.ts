import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';
import { TimerWheel } from '../tasks/timer-wheel.ts';

/** A waiting task that depends on one which is not there yet, until its time is over. */
export interface Expectation {
  readonly row: TaskRow;
  /** The id of the task that is missing. */
  readonly id: string;
  timerTick: number;
  timerIndex: number;
}

/** The times until which tasks may be missing. */
export class Expectations {
  readonly #wheel: TimerWheel<Expectation>;
  readonly #of = new Map<TaskRow, Expectation[]>();

  constructor(clock: Clock, passed: (expectation: Expectation) => void) {
    this.#wheel = new TimerWheel(clock, passed);
  }

  add(row: TaskRow, id: string, until: EpochMs): void {
    const expectation = { row, id, timerTick: 0, timerIndex: -1 };
    this.#of.set(row, [...(this.#of.get(row) ?? []), expectation]);
    this.#wheel.set(expectation, until);
  }

  remove(row: TaskRow): void {
    for (const expectation of this.#of.get(row) ?? []) this.#wheel.clear(expectation);
    this.#of.delete(row);
  }

  stop(): void {
    this.#wheel.stop();
  }
}
