import { startTimer } from './timer.ts';
import { onAbort } from './waiting.ts';

/** Readers that wait for something new. */
export class WaitingReaders {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `wake`, when the signal is aborted, and after `ms` milliseconds. */
  next(signal: AbortSignal, ms = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        this.#waiting.delete(wake);
        timer?.cancel();
        stopListening();
        resolve();
      };
      const timer = Number.isFinite(ms) ? startTimer(ms, wake) : undefined;
      const stopListening = onAbort(signal, wake);
      this.#waiting.add(wake);
    });
  }

  wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
