import type { BandRank } from '@precedent/kernel';
import type { QueueOrder } from './fair-order.ts';
import type { Flow } from './fair-clock.ts';
import type { StartGate, WaitingQueue } from './gate.ts';
import { RunQueue } from './run-queue.ts';
import type { Queued } from './run-queue.ts';

/** What a queue is a part of. */
export interface QueueBand<T extends Queued> {
  readonly rank: BandRank;
  /** The queues that may be open. */
  readonly open: QueueOrder<WaitingQueue<T>>;
  waits(task: T, queue: WaitingQueue<T>): boolean;
  changed(queue: WaitingQueue<T>, by: 1 | -1): void;
}

export class TaskQueue<T extends Queued> implements WaitingQueue<T> {
  readonly flow: Flow;
  readonly gate: StartGate<T>;
  within: QueueOrder<WaitingQueue<T>> | undefined;
  place = Number.POSITIVE_INFINITY;
  readonly #band: QueueBand<T>;
  readonly #tasks: RunQueue<T>;

  constructor(band: QueueBand<T>, flow: Flow, gate: StartGate<T>) {
    this.#band = band;
    this.flow = flow;
    this.gate = gate;
    this.#tasks = new RunQueue<T>((task) => band.waits(task, this));
  }

  get rank(): BandRank {
    return this.#band.rank;
  }

  get size(): number {
    return this.#tasks.size;
  }

  push(task: T): void {
    this.#tasks.push(task);
    this.#band.changed(this, 1);
    if (task.order >= this.place) return;
    this.place = task.order;
    (this.within ?? this.#band.open).add(this);
  }

  left(): void {
    this.#tasks.left();
    this.#band.changed(this, -1);
  }

  peek(): T | undefined {
    return this.#tasks.peek();
  }

  pop(): T | undefined {
    const task = this.#tasks.pop();
    if (task !== undefined) this.#band.changed(this, -1);
    return task;
  }

  waiting(limit: number): Generator<T> {
    return this.#tasks.waiting(limit);
  }

  reopen(): void {
    const first = this.peek();
    this.within = undefined;
    this.place = first?.order ?? Number.POSITIVE_INFINITY;
    if (first !== undefined) this.#band.open.add(this);
  }
}
