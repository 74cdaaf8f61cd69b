import { AppError, startTimer, within } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import type { IsolatedHandler } from './isolated-handler.ts';
import { PooledGuest } from './pooled-guest.ts';

export interface PoolOptions {
  /** The task type, by which its guests are called. */
  readonly type: string;
  readonly logBytes: number;
  /** Guests that are kept ready. */
  readonly warm: number;
  /** Called before a guest is started: another pool may end one that it does not need. */
  readonly makeRoom: () => void;
}

/** Milliseconds that a guest above `warm` waits for another attempt. */
const IDLE_MS = 10_000;
/** For the first guest to load its module. */
const LOAD_MS = 30_000;
/** Milliseconds for a forced end before the attempt is given up without it: a thread inside of native code takes longer. */
const TERMINATE_MS = 50;
const CLOSE_MS = 2_000;

interface IdleGuest {
  readonly guest: PooledGuest;
  /** Of a guest above `warm`: ends it after a while. */
  readonly timer: Timer | undefined;
}

/** The guests of one handler. An attempt takes an idle one, or starts another; the worker's slots limit how many there are. */
export class GuestPool {
  readonly handler: IsolatedHandler;
  readonly #options: PoolOptions;
  readonly #guests = new Set<PooledGuest>();
  /** Those that wait for an attempt, the last used one last. */
  #idle: IdleGuest[] = [];
  #isClosed = false;

  constructor(handler: IsolatedHandler, options: PoolOptions) {
    this.handler = handler;
    this.#options = options;
  }

  /** Guests that can be used, or are. */
  get size(): number {
    let size = 0;
    for (const { state } of this.#guests) if (state !== 'stopping') size++;
    return size;
  }

  /** Starts the warm guests, one at least. Rejects with INVALID_CONFIG when the first cannot load its module. */
  async open(): Promise<void> {
    const first = this.#start();
    await within(first.loaded, LOAD_MS, () => this.#notLoaded());
    this.release(first);
    this.replace();
  }

  /** A guest for one attempt. Its module may not be loaded yet. Throws what starting one throws, and WORKER_LOST when the pool is closed. */
  acquire(): PooledGuest {
    if (this.#isClosed) throw new AppError('WORKER_LOST', 'the worker has stopped');
    const latest = this.#idle.pop();
    latest?.timer?.cancel();
    return latest?.guest ?? this.#start();
  }

  /** The attempt has ended by itself. */
  release(guest: PooledGuest): void {
    guest.release();
    if (this.#isClosed || !this.#guests.has(guest) || guest.state === 'stopping') return;
    const isSurplus = this.#guests.size > this.#options.warm;
    const timer = isSurplus ? startTimer(IDLE_MS, () => this.#endIfSurplus(guest)).unref() : undefined;
    this.#idle.push({ guest, timer });
  }

  /** Ends a guest whose attempt has not left. Resolves to whether nothing of it runs any more. */
  terminate(guest: PooledGuest): Promise<boolean> {
    const ended = guest.terminate(TERMINATE_MS);
    this.replace();
    return ended;
  }

  /** Starts in the background what is missing of the warm guests, for example because one was lost in its attempt. */
  replace(): void {
    while (!this.#isClosed && this.size < this.#options.warm) this.release(this.#start());
  }

  /** Ends a guest that waits and is not needed, if there is one. */
  endSurplus(): boolean {
    const [oldest] = this.#idle;
    return oldest !== undefined && this.#endIfSurplus(oldest.guest);
  }

  /** Resolves when all guests have ended, or could not be. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#idle) timer?.cancel();
    this.#idle = [];
    await Promise.all([...this.#guests].map((guest) => guest.terminate(CLOSE_MS)));
  }

  #start(): PooledGuest {
    const { type, logBytes, makeRoom } = this.#options;
    makeRoom();
    const guest: PooledGuest = new PooledGuest(this.handler, { name: type, logBytes }, () =>
      this.#gone(guest),
    );
    this.#guests.add(guest);
    return guest;
  }

  #endIfSurplus(guest: PooledGuest): boolean {
    if (this.size <= this.#options.warm) return false;
    this.#forget(guest);
    void guest.terminate(TERMINATE_MS);
    return true;
  }

  #gone(guest: PooledGuest): void {
    this.#guests.delete(guest);
    this.#forget(guest);
  }

  /** It waits for no attempt any more. */
  #forget(guest: PooledGuest): void {
    this.#idle.find((one) => one.guest === guest)?.timer?.cancel();
    this.#idle = this.#idle.filter((one) => one.guest !== guest);
  }

  #notLoaded(): AppError {
    const { module, export: name } = this.handler.source;
    const message = `the isolated handler ${name} of ${module} was not loaded within ${LOAD_MS} ms`;
    return new AppError('INVALID_CONFIG', message);
  }
}
