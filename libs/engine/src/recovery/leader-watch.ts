import { CONFIRM_MS, PROBE_MS } from '../workers/worker-probes.ts';

/**
 * Decides from probes whether the process of the engine that holds the lease is dead: it has served the cell, and could not be reached twice
 * in a row. A frozen engine still has its connection, and an engine that recovers serves nothing yet: their leases decide.
 */
export class LeaderWatch {
  /** The owner that was reached last. */
  #reached: string | undefined;
  #missed = false;
  #dead: string | undefined;

  /** The owner of the lease whose process is dead. */
  get dead(): string | undefined {
    return this.#dead;
  }

  /** Until the next probe. The second one after a miss comes when a client that had lost its connection has made it again. Milliseconds. */
  get pauseMs(): number {
    return this.#missed ? CONFIRM_MS : PROBE_MS;
  }

  /** The result of a probe while `owner` had the lease. */
  probed(owner: string, isReached: boolean): void {
    if (isReached) [this.#reached, this.#missed, this.#dead] = [owner, false, undefined];
    // It has survived: it was taken for dead, and its lease was renewed.
    else if (this.#dead !== undefined)
      [this.#reached, this.#missed, this.#dead] = [undefined, false, undefined];
    else if (owner !== this.#reached) this.#missed = false;
    else if (this.#missed) this.#dead = owner;
    else this.#missed = true;
  }
}
