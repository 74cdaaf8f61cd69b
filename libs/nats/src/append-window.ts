import type { AppError } from '@precedent/kernel';

/** An append that was sent and is not answered. */
export interface SentAppend {
  readonly expected: number;
  readonly sentAt: number;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: AppError) => void;
}

/**
 * The unanswered appends of one writer, in the order they were sent. One timer watches the oldest; a timer for each append would
 * cost more than the append.
 */
export class AppendWindow {
  readonly #sent = new Map<number, SentAppend>();
  readonly #limitMs: number;
  readonly #onLate: (append: SentAppend) => void;
  #timer: NodeJS.Timeout | undefined;

  /** `onLate` is called for every append without an answer after `limitMs`; it has left the window by then. */
  constructor(limitMs: number, onLate: (append: SentAppend) => void) {
    this.#limitMs = limitMs;
    this.#onLate = onLate;
  }

  has(number: number): boolean {
    return this.#sent.has(number);
  }

  add(number: number, append: SentAppend): void {
    this.#sent.set(number, append);
    this.#timer ??= this.#watch(this.#limitMs);
  }

  /** Removes and gives back the append with this number, unless it has left the window. */
  take(number: number): SentAppend | undefined {
    const append = this.#sent.get(number);
    this.#sent.delete(number);
    return append;
  }

  /** Removes all, oldest first. */
  takeAll(): SentAppend[] {
    const all = [...this.#sent.values()];
    this.#sent.clear();
    return all;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #watch(ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => this.#sweep(), ms);
    timer.unref();
    return timer;
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [number, append] of this.#sent) {
      const rest = append.sentAt + this.#limitMs - now;
      if (rest > 0) {
        this.#timer = this.#watch(rest);
        return;
      }
      this.#sent.delete(number);
      this.#onLate(append);
    }
  }
}
