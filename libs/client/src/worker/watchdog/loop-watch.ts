/** Between two looks at the event loop of the worker. Milliseconds. */
export const CHECK_MS = 250;
/** An event loop that has not gone on for so long is blocked. Milliseconds. */
export const BLOCKED_MS = 1_000;
/** A check that comes this many intervals after the last one: the whole process stood still. */
const HELD_UP = 2;

/** Tells a blocked event loop from one that goes on, and from a process that stands still as a whole. */
export class LoopWatch {
  #ticks = -1;
  #tickedAt: number;
  #checkedAt: number;

  constructor(now: number) {
    this.#tickedAt = now;
    this.#checkedAt = now;
  }

  /** `ticks`: how often the loop has gone on. Returns for how many milliseconds it has been blocked; 0 while it is not. */
  check(ticks: number, now: number): number {
    const sinceMs = now - this.#checkedAt;
    this.#checkedAt = now;
    if (ticks !== this.#ticks) this.#tickedAt = now;
    else if (sinceMs > HELD_UP * CHECK_MS) this.#tickedAt += sinceMs;
    this.#ticks = ticks;
    const ms = now - this.#tickedAt;
    return ms >= BLOCKED_MS ? ms : 0;
  }
}
