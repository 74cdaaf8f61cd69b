import { startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import type { AppError } from '@precedent/kernel';

/** An append that was sent and is not acknowledged. */
export interface SentAppend {
  /** Unique in its window. */
  readonly number: number;
  readonly expected: number;
  readonly sentAt: number;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: AppError) => void;
}

/**
 * The unacknowledged appends of one writer, in the order in which they were sent. One timer watches the oldest; a timer for each append
 * would cost more than the append.
 */
export class AppendWindow {
  // Few at any time, and each holds everything that waits for it, so it is no Map; see `ChurnMap`.
  readonly #sent: SentAppend[] = [];
  readonly #limitMs: number;
  readonly #onLate: (append: SentAppend) => void;
  #timer: Timer | undefined;

  /** `onLate` is called for every append without an answer after `limitMs`; it has left the window by then. */
  constructor(limitMs: number, onLate: (append: SentAppend) => void) {
    this.#limitMs = limitMs;
    this.#onLate = onLate;
  }

  has(number: number): boolean {
    return this.#sent.some((append) => append.number === number);
  }

  add(append: SentAppend): void {
    this.#sent.push(append);
    this.#timer ??= this.#watch(this.#limitMs);
  }

  /** Removes and returns the append with this number; `undefined` when it has left the window. */
  take(number: number): SentAppend | undefined {
    const index = this.#sent.findIndex((append) => append.number === number);
    return index < 0 ? undefined : this.#sent.splice(index, 1)[0];
  }

  /** Removes and returns all, the oldest first. */
  takeAll(): SentAppend[] {
    return this.#sent.splice(0);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #watch(ms: number): Timer {
    return startTimer(ms, () => this.#sweep()).unref();
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (let oldest = this.#sent[0]; oldest !== undefined; oldest = this.#sent[0]) {
      const rest = oldest.sentAt + this.#limitMs - now;
      if (rest > 0) {
        this.#timer = this.#watch(rest);
        return;
      }
      this.#sent.shift();
      this.#onLate(oldest);
    }
  }
}
