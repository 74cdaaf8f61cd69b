import { ChurnMap, settlesWithin } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

/** An entry point: for tasks, requests or reports of workers. */
export interface Ingress {
  /** Takes nothing more in. Resolves when all that came in is answered, or after a few seconds. */
  close(): Promise<void>;
}

/** An ingress that can be abandoned at once, by an engine that no longer speaks for its cell. */
export interface EngineIngress extends Ingress {
  /**
   * From this moment on nothing more is handed in and nothing is sent of what the engine answers. What is open, and what still arrives, is
   * refused with the problem. `close` has nothing to wait for then.
   */
  abandon(problem: Problem): void;
}

const CLOSE_LIMIT_MS = 5_000;

export type Refuse = (problem: Problem) => void;

/** Requests that were handed to the engine and are not answered. */
export class InFlight {
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
  async settled(limitMs: number = CLOSE_LIMIT_MS): Promise<void> {
    if (this.count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await settlesWithin(promise, limitMs);
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
