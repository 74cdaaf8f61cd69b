/**
 * A moment worth naming. It costs one branch until a test arms it; then the test waits on the fact, not on a clock.
 * Hits before the first call of `next` are stored in order, 1,000 at most.
 */
export class Probe<T = void> {
  static readonly HITS_MAX = 1_000;
  #hits: T[] | undefined;
  readonly #waiting: ((hit: T) => void)[] = [];

  arm(): void {
    this.#hits ??= [];
  }

  hit(value: T): void {
    if (this.#hits === undefined) return;
    const waiter = this.#waiting.shift();
    if (waiter) waiter(value);
    else if (this.#hits.length < Probe.HITS_MAX) this.#hits.push(value);
  }

  /** The next hit, also an earlier one that was not yet taken. */
  next(): Promise<T> {
    this.arm();
    if (this.#hits !== undefined && this.#hits.length > 0) return Promise.resolve(this.#hits.shift() as T);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
