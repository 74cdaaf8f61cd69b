import { Heap, asc, orderBy } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import type { FairClock, Flow } from './fair-clock.ts';

/** An order in which queues wait for their turn. */
export interface QueueOrder<Q> {
  add(queue: Q): void;
}

/** A queue that has a place in an order. */
export interface Orderable<Q> {
  readonly flow: Flow;
  /** Where it is: with the open queues of its band, or where its gate has blocked it. */
  within: QueueOrder<Q> | undefined;
  /** The order of the task by which it has its place there. */
  place: number;
  peek(): { readonly order: number } | undefined;
}

/** A queue at the place of its first task. It is superseded when the queue has another place, or is elsewhere. */
interface Entry<Q> {
  readonly queue: Q;
  readonly order: number;
}

/** The queues of one flow. */
interface Group<Q> {
  readonly flow: Flow;
  readonly queues: Heap<Entry<Q>>;
  entry: GroupEntry<Q> | undefined;
}

interface GroupEntry<Q> {
  readonly group: Group<Q>;
  readonly tag: number;
  readonly order: number;
}

const queueOrder = asc((entry: { readonly order: number }) => entry.order);
const groupOrder = orderBy<{ readonly tag: number; readonly order: number }>(
  asc((entry) => entry.tag),
  asc((entry) => entry.order),
);

/** Queues that are looked through for more than the first task, at most. */
const QUEUES_SEEN_MAX = 64;

/**
 * Queues of one band in the order in which they may start their first task: of the flow with the smallest start tag first, and of each flow
 * the one whose first task was submitted first. Entries that time has changed are put right when they come to the top, so that a change
 * costs nothing but its place in a heap.
 */
export class FairOrder<Q extends Orderable<Q>> implements QueueOrder<Q> {
  readonly #clock: FairClock;
  readonly #rank: BandRank;
  readonly #groups = new Map<Flow, Group<Q>>();
  readonly #heap = new Heap<GroupEntry<Q>>(groupOrder);

  constructor(clock: FairClock, rank: BandRank) {
    this.#clock = clock;
    this.#rank = rank;
  }

  /** Adds a queue, or puts one whose first task is an earlier one at its place. Its `place` is the order of its first task. */
  add(queue: Q): void {
    const group = this.#groupOf(queue.flow);
    queue.within = this;
    group.queues.push({ queue, order: queue.place });
    const { entry } = group;
    if (entry === undefined || queue.place < entry.order) this.#push(group, queue.place);
  }

  /** The queue whose task is the first; `undefined`: there is none. */
  first(): Q | undefined {
    for (;;) {
      const entry = this.#heap.peek();
      if (entry === undefined) return undefined;
      const { group } = entry;
      const queue = group.entry === entry ? this.#firstOf(group) : undefined;
      if (queue !== undefined && entry.tag >= this.#tagOf(group) && entry.order === queue.place) return queue;
      this.#heap.pop();
      if (group.entry !== entry) continue;
      if (queue === undefined) this.#groups.delete(group.flow);
      else this.#push(group, queue.place);
    }
  }

  /** Takes out the first queue. */
  removeFirst(): void {
    const queue = this.first();
    if (queue === undefined) return;
    queue.within = undefined;
    queue.place = Number.POSITIVE_INFINITY;
  }

  /** Some queues, the first one first. */
  *some(): Generator<Q> {
    const first = this.first();
    if (first === undefined) return;
    yield first;
    let seen = 0;
    for (const group of this.#groups.values())
      for (const { queue, order } of group.queues.items()) {
        if (++seen > QUEUES_SEEN_MAX) return;
        if (queue !== first && queue.within === this && queue.place === order) yield queue;
      }
  }

  #groupOf(flow: Flow): Group<Q> {
    const known = this.#groups.get(flow);
    if (known !== undefined) return known;
    const queues = new Heap<Entry<Q>>(queueOrder);
    const group: Group<Q> = { flow, queues, entry: undefined };
    this.#groups.set(flow, group);
    return group;
  }

  #push(group: Group<Q>, order: number): void {
    group.entry = { group, tag: this.#tagOf(group), order };
    this.#heap.push(group.entry);
  }

  #tagOf({ flow }: Group<Q>): number {
    return this.#clock.isShared(this.#rank) ? this.#clock.startOf(flow, this.#rank) : 0;
  }

  #firstOf({ queues }: Group<Q>): Q | undefined {
    for (;;) {
      const entry = queues.peek();
      if (entry === undefined) return undefined;
      const { queue, order } = entry;
      const isCurrent = queue.within === this && queue.place === order;
      const head = isCurrent ? queue.peek() : undefined;
      if (head?.order === order) return queue;
      queues.pop();
      if (!isCurrent) continue;
      queue.place = head?.order ?? Number.POSITIVE_INFINITY;
      if (head === undefined) queue.within = undefined;
      else queues.push({ queue, order: head.order });
    }
  }
}
