import { Heap } from '@precedent/kernel';

/** What a queue must know of a waiting task. `order` is its place in the order of submission: unique, and kept for life. */
export interface Queued {
  readonly order: number;
  readonly submittedAt: number;
}

const COMPACT_ABOVE = 1_024;

/**
 * The waiting tasks of one queue class and band, in order of submission. New ones arrive in order and cost nothing to place; one
 * that comes back (a retry, a lost worker) returns to its old place through a small heap.
 * A task that leaves early is only counted here and dropped when met, so leaving is O(1) too.
 */
export class RunQueue<T extends Queued> {
  readonly #waits: (task: T) => boolean;
  #returned: Heap<T>;
  /** What the heap holds, including tasks that have left since. */
  #inReturned = new Set<T>();
  #arrived: (T | undefined)[] = [];
  #head = 0;
  #live = 0;

  /** `waits` tells whether a task that was put in still waits. */
  constructor(waits: (task: T) => boolean) {
    this.#waits = waits;
    this.#returned = inOrder<T>();
  }

  get size(): number {
    return this.#live;
  }

  push(task: T): void {
    this.#live++;
    // One that left from the middle, and is back before its place was met, has its place still.
    if (this.#inReturned.has(task)) return;
    const last = this.#arrived[this.#arrived.length - 1];
    const isNext = this.#head === this.#arrived.length || (last !== undefined && last.order < task.order);
    if (isNext) this.#arrived.push(task);
    else if (!this.#isIn(task)) this.#return(task);
  }

  /** One that was put in has left without being popped. */
  left(): void {
    this.#live--;
    const held = this.#arrived.length - this.#head + this.#returned.size;
    if (held > 2 * this.#live + COMPACT_ABOVE) this.#compact();
  }

  peek(): T | undefined {
    const arrived = this.#firstArrived();
    const returned = this.#firstReturned();
    if (arrived === undefined) return returned;
    if (returned === undefined) return arrived;
    return returned.order < arrived.order ? returned : arrived;
  }

  pop(): T | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    if (first === this.#returned.peek()) this.#dropReturned();
    else this.#dropHead();
    this.#live--;
    return first;
  }

  /** Up to `limit` waiting tasks; those that came back first, otherwise in run order. */
  *waiting(limit: number): Generator<T> {
    let given = 0;
    for (const task of this.#returned.items()) {
      if (given < limit && this.#waits(task) && ++given) yield task;
    }
    for (let index = this.#head; index < this.#arrived.length && given < limit; index++) {
      const task = this.#arrived[index];
      if (task !== undefined && this.#waits(task) && ++given) yield task;
    }
  }

  #firstArrived(): T | undefined {
    for (;;) {
      const task = this.#arrived[this.#head];
      if (task === undefined || this.#waits(task)) return task;
      this.#dropHead();
    }
  }

  #firstReturned(): T | undefined {
    for (;;) {
      const task = this.#returned.peek();
      if (task === undefined || this.#waits(task)) return task;
      this.#dropReturned();
    }
  }

  #return(task: T): void {
    this.#returned.push(task);
    this.#inReturned.add(task);
  }

  #dropReturned(): void {
    const task = this.#returned.pop();
    if (task !== undefined) this.#inReturned.delete(task);
  }

  /** Arrivals are in order, so a place is found by halving. */
  #isIn(task: T): boolean {
    let low = this.#head;
    let high = this.#arrived.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const order = this.#arrived[middle]?.order ?? -1;
      if (order === task.order) return this.#arrived[middle] === task;
      if (order < task.order) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }

  #dropHead(): void {
    this.#arrived[this.#head++] = undefined;
    if (this.#head > COMPACT_ABOVE && this.#head * 2 > this.#arrived.length) this.#compact();
  }

  #compact(): void {
    this.#arrived = this.#arrived.slice(this.#head).filter((task) => task !== undefined && this.#waits(task));
    this.#head = 0;
    const held = this.#returned.items().filter((task) => this.#waits(task));
    this.#returned = inOrder<T>();
    this.#inReturned.clear();
    for (const task of held) this.#return(task);
  }
}

const inOrder = <T extends Queued>(): Heap<T> => new Heap<T>((a, b) => a.order - b.order);
