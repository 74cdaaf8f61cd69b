import { startTimer } from '@precedent/kernel';

/** Waits that can be cut short: by good news (the engine is back), or because everything ends. */
export class Pauses {
  readonly #waiting = new Set<() => void>();

  /** Resolves after `ms` milliseconds, or at the next `wake`. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const timer = startTimer(ms, done);
      this.#waiting.add(done);
    });
  }

  wake(): void {
    for (const done of this.#waiting) done();
  }
}
