import type { BandRank } from '@precedent/kernel';
import type { FairClock, Flow } from './fair-clock.ts';
import { FairOrder } from './fair-order.ts';
import type { StartGate, WaitingQueue } from './gate.ts';
import type { Queued } from './run-queue.ts';
import { TaskQueue } from './task-queue.ts';
import type { QueueBand } from './task-queue.ts';

/** What the queues of a queue class share. */
export interface QueueRules<T extends Queued> {
  readonly clock: FairClock;
  /** Whether a task that was put into the queue waits in it still. */
  readonly waits: (task: T, queue: WaitingQueue<T>) => boolean;
  /** What a task takes of the share of its flow. */
  readonly costOf: (task: T) => number;
}

/**
 * The waiting tasks of one queue class and band: a queue for each flow and gate. A queue whose gate is closed is taken out of the order
 * until the gate reopens it, however many tasks are in it.
 */
export class BandQueue<T extends Queued> implements QueueBand<T> {
  readonly #rules: QueueRules<T>;
  readonly rank: BandRank;
  readonly #queues = new Map<Flow, Map<StartGate<T>, WaitingQueue<T>>>();
  readonly open: FairOrder<WaitingQueue<T>>;
  /** While there is only one. */
  #sole: WaitingQueue<T> | undefined;
  #made = 0;
  #size = 0;

  constructor(rules: QueueRules<T>, rank: BandRank) {
    this.#rules = rules;
    this.rank = rank;
    this.open = new FairOrder(rules.clock, rank);
  }

  /** The waiting tasks, also those behind closed gates. */
  get size(): number {
    return this.#size;
  }

  waits(task: T, queue: WaitingQueue<T>): boolean {
    return this.#rules.waits(task, queue);
  }

  queue(flow: Flow, gate: StartGate<T>): WaitingQueue<T> {
    let ofFlow = this.#queues.get(flow);
    if (ofFlow === undefined) this.#queues.set(flow, (ofFlow = new Map()));
    const known = ofFlow.get(gate);
    if (known !== undefined) return known;
    const made = new TaskQueue(this, flow, gate);
    ofFlow.set(gate, made);
    this.#sole = this.#made++ === 0 ? made : undefined;
    return made;
  }

  /** The first task that may start. */
  peek(): T | undefined {
    return this.#first()?.peek();
  }

  /** Takes the first task that may start, with its share and what its gate counts. */
  pop(): T | undefined {
    const queue = this.#first();
    const task = queue?.peek();
    if (queue === undefined || task === undefined) return undefined;
    this.took(task, queue);
    return queue.pop();
  }

  /** The task starts: counts what it takes of its gate and of the share of its flow. */
  took(task: T, { flow, gate }: WaitingQueue<T>): void {
    const { clock, costOf } = this.#rules;
    if (clock.isShared(this.rank)) clock.started(flow, this.rank, costOf(task));
    if (!gate.isOpen) gate.take(task);
  }

  get virtualTime(): number {
    return this.#rules.clock.virtualTime(this.rank);
  }

  /** How much virtual time is from `origin` to the start tag of the first task; 0 where one flow has the band for itself. */
  share(origin: number): number {
    const { clock } = this.#rules;
    const queue = clock.isShared(this.rank) ? this.#first() : undefined;
    return queue === undefined ? 0 : clock.startOf(queue.flow, this.rank) - origin;
  }

  /** Up to `limit` tasks that may start, the first one first. */
  *waiting(limit: number): Generator<T> {
    let left = limit;
    if (this.#first() === undefined) return;
    for (const queue of this.#sole ? [this.#sole] : this.open.some()) {
      for (const task of queue.waiting(Math.min(left, queue.gate.room()))) {
        left--;
        yield task;
      }
      if (left <= 0) return;
    }
  }

  /** A task was put into one of the queues, or has left it. */
  changed(queue: WaitingQueue<T>, by: 1 | -1): void {
    this.#size += by;
    this.#rules.clock.waits(queue.flow, this.rank, by);
    if (queue.gate.isOpen) return;
    queue.gate.changed(queue, by);
    if (by < 0 && queue.size === 0) this.#forget(queue);
  }

  #first(): WaitingQueue<T> | undefined {
    const sole = this.#sole;
    if (sole !== undefined && sole.gate.isOpen) return sole;
    for (;;) {
      const queue = this.open.first();
      const head = queue?.peek();
      if (queue === undefined || head === undefined || queue.gate.isOpen) return queue;
      const state = queue.gate.check(queue, head);
      if (state === 'open') return queue;
    }
  }

  /** There may be a queue for each key of a limit. */
  #forget(queue: WaitingQueue<T>): void {
    const ofFlow = this.#queues.get(queue.flow);
    if (ofFlow?.get(queue.gate) !== queue) return;
    ofFlow.delete(queue.gate);
    if (ofFlow.size === 0) this.#queues.delete(queue.flow);
    if (queue === this.#sole) [this.#sole, this.#made] = [undefined, 0];
  }
}
