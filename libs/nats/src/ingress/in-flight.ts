import { ChurnMap, settlesWithin } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

/** An entry point: for tasks, requests or reports of workers. */
export interface Ingress {
  /** Accepts nothing more. Resolves when everything accepted is answered, or after a few seconds. */
  close(): Promise<void>;
}

/** An ingress that can be abandoned at once, by an engine that no longer speaks for its cell. */
export interface EngineIngress extends Ingress {
  /**
   * From now on nothing is passed to the engine, and no answer of the engine is sent. Open requests, and those that still arrive, are refused
   * with the problem. `close` has nothing to wait for then.
   */
  abandon(problem: Problem): void;
}

const CLOSE_LIMIT_MS = 5_000;

export type Refuse = (problem: Problem) => void;

/** Tracks the requests that were passed to the engine and are not answered. */
export class InFlight {
  readonly #open = new ChurnMap<number, Refuse>();
  readonly #waiting: (() => void)[] = [];
  #number = 0;
  #refusal: Problem | undefined;

  get count(): number {
    return this.#open.size;
  }

  /**
   * Adds a request. The returned function removes it; it returns `false` when the request was refused meanwhile and must not be answered.
   * Returns `undefined` when all requests are refused: this one was, and must not be passed to the engine.
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

  /** Refuses all open requests, and all that come. */
  refuseAll(problem: Problem): void {
    this.#refusal = problem;
    for (const [number, refuse] of this.#open) {
      this.#open.delete(number);
      refuse(problem);
    }
    this.#resolveSettled();
  }

  /** Resolves when all requests are answered, at the latest after the limit in milliseconds. */
  async settled(limitMs: number = CLOSE_LIMIT_MS): Promise<void> {
    if (this.count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await settlesWithin(promise, limitMs);
  }

  #end(number: number): boolean {
    const isOpen = this.#open.delete(number);
    if (this.count === 0) this.#resolveSettled();
    return isOpen;
  }

  #resolveSettled(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
