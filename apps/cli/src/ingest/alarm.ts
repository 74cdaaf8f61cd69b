import { sleep } from '@precedent/kernel';

/** Wakes a waiter: shortly after a change, and at regular intervals. */
export class ChangeAlarm {
  readonly #debounceMs: number;
  readonly #everyMs: number;
  #rung = new AbortController();

  constructor({ debounceMs, everyMs }: { readonly debounceMs: number; readonly everyMs: number }) {
    this.#debounceMs = debounceMs;
    this.#everyMs = everyMs;
  }

  /** Something has happened. What happens within the debounce time wakes once. */
  changed(): void {
    this.#rung.abort();
  }

  /** Resolves after the debounce time once it has rung since it last resolved, or after `everyMs`; at once when aborted. */
  async next(signal: AbortSignal): Promise<void> {
    await sleep(this.#everyMs, AbortSignal.any([signal, this.#rung.signal]));
    if (this.#rung.signal.aborted) await sleep(this.#debounceMs, signal);
    this.#rung = new AbortController();
  }
}
