import { sleep } from '@precedent/kernel';

/** Waits that can be cut short: by good news (the engine is back), or because everything ends. */
export class Pauses {
  #woken = new AbortController();

  /** Resolves after `ms` milliseconds, or at the next `wake`. */
  async sleep(ms: number): Promise<void> {
    await sleep(ms, this.#woken.signal);
  }

  wake(): void {
    this.#woken.abort();
    this.#woken = new AbortController();
  }
}
