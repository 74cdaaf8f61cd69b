import { LIMITS } from '@precedent/contracts';
import { AppError, startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';

interface Section {
  /** A moment of `performance.now()`, in milliseconds. */
  readonly until: number;
}

/**
 * The atomic sections of one attempt. They hold back a stop until the last of them has ended or its time is up, whichever
 * comes first; a section that begins while a stop waits does not prolong its waiting.
 */
export class AtomicSections {
  readonly #open = new Set<Section>();
  /** Called with the milliseconds for which the code must not be cut; 0: it may be again. */
  readonly #notify: (maxMs: number) => void;
  #waiting: (() => void) | undefined;
  #timer: Timer | undefined;

  constructor(notify: (maxMs: number) => void) {
    this.#notify = notify;
  }

  /** Whether a stop has to wait now. */
  get areOpen(): boolean {
    return this.remainingMs > 0;
  }

  /** Milliseconds until a stop goes through at the latest. */
  get remainingMs(): number {
    return this.#open.size === 0 ? 0 : Math.max(0, this.#until() - performance.now());
  }

  /** Throws INVALID_REQUEST for a time out of bounds, and what `fn` throws. */
  async run<T>(fn: () => Promise<T> | T, maxMs: number): Promise<T> {
    refuseBad(maxMs);
    const section = { until: performance.now() + maxMs };
    this.#change(() => this.#open.add(section));
    try {
      return await fn();
    } finally {
      this.#change(() => this.#open.delete(section));
      if (this.#open.size === 0) this.#free();
    }
  }

  /** Calls `go` once, as soon as no open section holds it back any more. Only while sections are open. */
  whenFree(go: () => void): void {
    if (this.#waiting) return;
    this.#waiting = go;
    this.#timer = startTimer(this.remainingMs, () => this.#free());
  }

  #free(): void {
    this.#timer?.cancel();
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
  }

  /** The engine needs to know only when the end of the last one moves. */
  #change(step: () => void): void {
    const before = this.#until();
    step();
    if (this.#until() !== before) this.#notify(Math.min(LIMITS.atomicMs, Math.ceil(this.remainingMs)));
  }

  #until(): number {
    let latest = 0;
    for (const { until } of this.#open) latest = Math.max(latest, until);
    return latest;
  }
}

const refuseBad = (maxMs: number): void => {
  if (maxMs > 0 && maxMs <= LIMITS.atomicMs) return;
  const message = `an atomic section takes more than 0 and at most ${LIMITS.atomicMs} ms; got maxMs ${maxMs}`;
  throw new AppError('INVALID_REQUEST', message);
};
