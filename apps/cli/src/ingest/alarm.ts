import { startTimer } from '@precedent/kernel';

/** Wakes one who waits: soon after it rings, and from time to time anyway. */
export class Alarm {
  readonly #debounceMs: number;
  readonly #everyMs: number;
  #wake: (() => void) | undefined;
  #isRung = false;

  constructor({ debounceMs, everyMs }: { readonly debounceMs: number; readonly everyMs: number }) {
    this.#debounceMs = debounceMs;
    this.#everyMs = everyMs;
  }

  /** Something has happened. What happens within the debounce time wakes once. */
  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Resolves after the debounce time once it has rung since it last resolved, or after `everyMs`; at once when aborted. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#isRung) await this.#sleep(this.#everyMs, signal, true);
    if (this.#isRung) await this.#sleep(this.#debounceMs, signal, false);
    this.#isRung = false;
  }

  #sleep(ms: number, signal: AbortSignal, untilRung: boolean): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', end);
        this.#wake = undefined;
        resolve();
      };
      const timer = startTimer(ms, end);
      signal.addEventListener('abort', end, { once: true });
      if (untilRung) this.#wake = end;
    });
  }
}
