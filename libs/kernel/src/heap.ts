import type { Order } from './order.ts';

/** A binary heap: the first in `order` is on top. Ties leave in any order, so give it an order that never ties. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #order: Order<T>;

  constructor(order: Order<T>) {
    this.#order = order;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(this.#items.length - 1);
  }

  pop(): T | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) {
      this.#items[0] = last;
      this.#sink(0);
    }
    return top;
  }

  /** Everything in it, in no particular order. */
  items(): readonly T[] {
    return this.#items;
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      let first = index;
      if (left < this.#items.length && this.#before(left, first)) first = left;
      if (left + 1 < this.#items.length && this.#before(left + 1, first)) first = left + 1;
      if (first === index) return;
      this.#swap(index, first);
      index = first;
    }
  }

  #before(a: number, b: number): boolean {
    return this.#order(this.#items[a] as T, this.#items[b] as T) < 0;
  }

  #swap(a: number, b: number): void {
    const moved = this.#items[a] as T;
    this.#items[a] = this.#items[b] as T;
    this.#items[b] = moved;
  }
}
