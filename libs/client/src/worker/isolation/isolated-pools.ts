import type { InterruptibleContext } from '../attempts/interruption.ts';
import type { Handler, Job } from '../handler.ts';
import { GuestPool } from './guest-pool.ts';
import type { IsolatedHandler } from './isolated-handler.ts';
import { runIsolated } from './isolated-run.ts';

/** What runs an attempt: a handler of this process, or the guests of an isolated one. */
export type AttemptHandler = (job: Job, context: InterruptibleContext) => Promise<unknown>;

export interface PoolsOptions {
  /** Attempts at the same time, express slots included. */
  readonly attempts: number;
  readonly logBytes: number;
}

/** The threads and processes of a worker: at most as many as it runs attempts, and those that are kept warm. */
export class IsolatedPools {
  readonly #pools: GuestPool[] = [];
  readonly #options: PoolsOptions;

  constructor(options: PoolsOptions) {
    this.#options = options;
  }

  get areNeeded(): boolean {
    return this.#pools.length > 0;
  }

  /** What runs the attempts of a type. An isolated handler gets a pool. */
  handlerOf(type: string, handler: Handler | IsolatedHandler): AttemptHandler {
    if (typeof handler === 'function') return handler;
    const { attempts, logBytes } = this.#options;
    const makeRoom = (): void => this.#makeRoom();
    const pool = new GuestPool(handler, { type, logBytes, warm: Math.min(handler.warm, attempts), makeRoom });
    this.#pools.push(pool);
    return (job, context) => runIsolated(pool, job, context);
  }

  /** Rejects with INVALID_CONFIG, naming module and export, when a handler cannot be loaded. */
  async open(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.open()));
  }

  /** Ends all guests. */
  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close()));
  }

  /** A guest that waits for attempts of one type makes room for another type. */
  #makeRoom(): void {
    const count = this.#pools.reduce((sum, { size }) => sum + size, 0);
    if (count >= this.#options.attempts) this.#pools.some((pool) => pool.endSurplus());
  }
}
