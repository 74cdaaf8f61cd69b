/** At most `max` pieces of work of one key at a time; the others wait in their order. */
export class Turns {
  readonly #max: number;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(max: number) {
    this.#max = max;
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    await this.#begin(key);
    try {
      return await work();
    } finally {
      this.#end(key);
    }
  }

  #begin(key: string): Promise<void> | undefined {
    const running = this.#running.get(key) ?? 0;
    if (running < this.#max) {
      this.#running.set(key, running + 1);
      return undefined;
    }
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, waiting);
    return new Promise((resolve) => waiting.push(resolve));
  }

  /** The one that waits longest goes on in the place of the one that ended. */
  #end(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next) return next();
    this.#waiting.delete(key);
    const running = (this.#running.get(key) ?? 1) - 1;
    if (running > 0) this.#running.set(key, running);
    else this.#running.delete(key);
  }
}
