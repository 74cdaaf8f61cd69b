import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';
import { TimerWheel } from '../tasks/timer-wheel.ts';

/** A place in the timers; that in the row belongs to the limits of the task. */
interface Timed {
  readonly row: TaskRow;
  timerTick: number;
  timerIndex: number;
}

/** The next moment at which a run goes on by itself: the end of a pause between rounds, of a sleep, of the time for an approval. */
export class RunTimers {
  readonly #wheel: TimerWheel<Timed>;
  readonly #timed = new Map<string, Timed>();

  constructor(clock: Clock, onDue: (row: TaskRow) => void) {
    this.#wheel = new TimerWheel<Timed>(clock, ({ row }) => onDue(row));
  }

  set(row: TaskRow, at: EpochMs | undefined): void {
    const known = this.#timed.get(row.id);
    if (at === undefined && known === undefined) return;
    const timed = known ?? { row, timerTick: 0, timerIndex: -1 };
    this.#wheel.set(timed, at);
    if (at === undefined) this.#timed.delete(row.id);
    else this.#timed.set(row.id, timed);
  }

  stop(): void {
    this.#wheel.stop();
  }
}
