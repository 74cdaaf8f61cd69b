/**
 * Items on their way from a callback that cannot wait to one reader that may be slow. What does not fit is counted, and the reader gets a
 * gap in its place.
 */
export class BoundedQueue<T, G> implements AsyncIterableIterator<T | G> {
  readonly #max: number;
  readonly #gapOf: (lost: number) => G;
  readonly #onClose: () => void;
  readonly #items: (T | G)[] = [];
  #lost = 0;
  /** The last thing that was given is a mark. */
  #endsMarked = false;
  #closed = false;
  #reader: ((result: IteratorResult<T | G, undefined>) => void) | undefined;

  constructor(max: number, gapOf: (lost: number) => G, onClose: () => void) {
    this.#max = max;
    this.#gapOf = gapOf;
    this.#onClose = onClose;
  }

  push(item: T): void {
    if (this.#closed) return;
    if (this.#items.length >= this.#max) {
      this.#lost++;
      return;
    }
    this.#markLoss();
    this.#give(item);
  }

  /** Puts a marker for losses that happened outside of this queue; one in a place says it for all. */
  mark(gap: G): void {
    const isMarked = this.#endsMarked && this.#items.length > 0;
    if (this.#closed || isMarked) return;
    this.#give(gap);
    this.#endsMarked = true;
  }

  /** Ends the reading once everything in the queue is read. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    this.#reader?.({ done: true, value: undefined });
    this.#reader = undefined;
  }

  next(): Promise<IteratorResult<T | G, undefined>> {
    if (this.#items.length === 0) this.#markLoss();
    const value = this.#items.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  return(): Promise<IteratorResult<T | G, undefined>> {
    this.#items.length = 0;
    this.#lost = 0;
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #markLoss(): void {
    if (this.#lost === 0) return;
    this.#items.push(this.#gapOf(this.#lost));
    this.#lost = 0;
  }

  #give(item: T | G): void {
    this.#endsMarked = false;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader) reader({ done: false, value: item });
    else this.#items.push(item);
  }
}
