import { ChurnMap, startTimer } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

/** A way in: for tasks, requests or what workers report. */
export interface Door {
  /** Takes nothing more in. Resolves when all that came in is answered, or after a few seconds. */
  close(): Promise<void>;
}

/** A door that can be left at once, by an engine that no longer speaks for its cell. */
export interface EngineDoor extends Door {
  /**
   * From this moment on nothing more is handed in and nothing is sent of what the engine answers. What is open, and what still arrives, is
   * refused with the problem. `close` has nothing to wait for then.
   */
  abandon(problem: Problem): void;
}

const CLOSE_LIMIT_MS = 5_000;

export type Refuse = (problem: Problem) => void;

/** What a door has handed in and the engine has not answered. */
export class Unanswered {
  readonly #open = new ChurnMap<number, Refuse>();
  readonly #waiting: (() => void)[] = [];
  #number = 0;
  #refusal: Problem | undefined;

  get count(): number {
    return this.#open.size;
  }

  /**
   * Notes a request. The returned function ends it; `false`: it was refused meanwhile, and is not to be answered. `undefined`: it is refused
   * already, and is not to be handed in.
   */
  begin(refuse: Refuse): (() => boolean) | undefined {
    if (this.#refusal) {
      refuse(this.#refusal);
      return undefined;
    }
    const number = ++this.#number;
    this.#open.set(number, refuse);
    return () => this.#end(number);
  }

  /** Refuses all that is open, and all that comes. */
  refuseAll(problem: Problem): void {
    this.#refusal = problem;
    for (const [number, refuse] of this.#open) {
      this.#open.delete(number);
      refuse(problem);
    }
    this.#tellSettled();
  }

  /** Resolves when nothing is unanswered, at the latest after the limit in milliseconds. */
  settled(limitMs: number = CLOSE_LIMIT_MS): Promise<void> {
    if (this.count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = startTimer(limitMs, resolve);
      this.#waiting.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #end(number: number): boolean {
    const isOpen = this.#open.delete(number);
    if (this.count === 0) this.#tellSettled();
    return isOpen;
  }

  #tellSettled(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
