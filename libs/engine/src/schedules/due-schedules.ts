import { Heap } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';

/** When a schedule is looked at. It may have another time by then, which has to be checked. */
export interface DueSchedule {
  readonly at: EpochMs;
  readonly namespace: string;
  readonly name: string;
}

/** Looked at in one turn, at most: then other input comes first. */
const PER_TURN = 256;
const STALE_MAX = 1_024;

/** One timer for all schedules. */
export class DueSchedules {
  readonly #clock: Clock;
  readonly #take: (due: DueSchedule) => void;
  #heap = newHeap();
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock, take: (due: DueSchedule) => void) {
    this.#clock = clock;
    this.#take = take;
  }

  /** Whether so many entries are out of date that it is time to add all schedules again. */
  isStale(schedules: number): boolean {
    return this.#heap.size > 2 * schedules + STALE_MAX;
  }

  clear(): void {
    this.#heap = newHeap();
  }

  add(due: DueSchedule): void {
    this.#heap.push(due);
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm?.();
  }

  #arm(): void {
    const next = this.#heap.peek();
    if (next === undefined || this.#stopped || next.at >= this.#armedFor) return;
    this.#disarm?.();
    this.#armedFor = next.at;
    this.#disarm = this.#clock.wakeAt(next.at, () => this.#wake());
  }

  #wake(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let left = PER_TURN; left > 0; left--) {
      const next = this.#heap.peek();
      if (next === undefined || next.at > now || this.#stopped) break;
      this.#heap.pop();
      this.#take(next);
    }
    this.#arm();
  }
}

const newHeap = (): Heap<DueSchedule> => new Heap((a, b) => a.at - b.at);
