/** Something that is to happen: earliest first, and in the order asked within one moment. */
export interface Planned {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** A binary heap of planned events. Cancelled ones stay in it until they come to the top. */
export class EventHeap {
  readonly #events: Planned[] = [];

  push(event: Planned): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** The next event that was not cancelled; it stays in the heap. */
  peek(): Planned | undefined {
    while (this.#events[0]?.cancelled) this.#removeTop();
    return this.#events[0];
  }

  pop(): Planned | undefined {
    const top = this.peek();
    if (top) this.#removeTop();
    return top;
  }

  #removeTop(): void {
    const last = this.#events.pop();
    if (last === undefined || this.#events.length === 0) return;
    this.#events[0] = last;
    this.#sink();
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let least = at;
      if (this.#isBefore(2 * at + 1, least)) least = 2 * at + 1;
      if (this.#isBefore(2 * at + 2, least)) least = 2 * at + 2;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const left = this.#events[a];
    const right = this.#events[b];
    if (!left || !right) return false;
    return left.at < right.at || (left.at === right.at && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const left = this.#events[a];
    const right = this.#events[b];
    if (!left || !right) return;
    this.#events[a] = right;
    this.#events[b] = left;
  }
}
