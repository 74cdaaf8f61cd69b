/** A way in for tasks. */
export interface Door {
  /** Takes nothing more in. Resolves when all that came in is answered, or after a few seconds. */
  close(): Promise<void>;
}

const CLOSE_LIMIT_MS = 5_000;

/** Counts what a door has handed in and the engine has not answered. */
export class Unanswered {
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#count++;
  }

  end(): void {
    this.#count--;
    if (this.#count > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when nothing is unanswered, at the latest after the limit in milliseconds. */
  settled(limitMs: number = CLOSE_LIMIT_MS): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
