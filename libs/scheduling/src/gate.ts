import type { BandRank } from '@precedent/kernel';
import type { Flow } from './fair-clock.ts';
import type { Orderable } from './fair-order.ts';
import type { Queued } from './run-queue.ts';

/** The waiting tasks of one queue class and band that belong to one flow and are behind one gate. */
export interface WaitingQueue<T extends Queued> extends Orderable<WaitingQueue<T>> {
  readonly flow: Flow;
  readonly gate: StartGate<T>;
  readonly rank: BandRank;
  readonly size: number;
  push(task: T): void;
  /** A task that was put in has left without being popped. */
  left(): void;
  peek(): T | undefined;
  pop(): T | undefined;
  /** Up to `limit` waiting tasks. */
  waiting(limit: number): Generator<T>;
  /** Its gate may be open again: the queue returns to the run order. */
  reopen(): void;
}

/** What blocks the first task of a queue, and with it those behind: they are under the same limits. */
export interface StartGate<T extends Queued> {
  /** No check is necessary. */
  readonly isOpen: boolean;
  /**
   * Whether the first task of the queue may start now. `blocked`: not, and the gate calls `queue.reopen()` when that may have changed;
   * `changed`: the gate has moved tasks to another queue.
   */
  check(queue: WaitingQueue<T>, first: T): 'open' | 'blocked' | 'changed';
  /** How many of its tasks may start now, at most. */
  room(): number;
  /** The task starts. */
  take(task: T): void;
  /** A task was put into the queue (1), or has left it (-1). */
  changed(queue: WaitingQueue<T>, by: 1 | -1): void;
}
