import { settlesWithin } from '@precedent/kernel';
import type { WorkerOptions, WorkerSettings, WorkerState } from './options.ts';
import { settingsOf } from './options.ts';
import { WorkerSession } from './session.ts';
import type { WorkerHost } from './session-channel.ts';

export interface StopOptions {
  /** Milliseconds that running tasks may go on; then they are aborted and given back. The worker's `drainMs` when left out. */
  readonly forceMs?: number;
}

/** For the last reports to be answered. */
const REPORTS_MS = 5_000;

/** Takes tasks from the engine of a cell and runs them in this process. Made by `Client.worker`. */
export class Worker {
  readonly #plan: WorkerSettings;
  readonly #session: WorkerSession;
  readonly #onState: (state: WorkerState) => void;
  readonly #waitForEngine: boolean;
  #state: WorkerState = 'idle';
  #known = false;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(host: WorkerHost, options: WorkerOptions) {
    this.#plan = settingsOf(options, host.newId);
    this.#onState = options.onState ?? (() => undefined);
    this.#waitForEngine = options.waitForEngine ?? true;
    this.#session = new WorkerSession(host, this.#plan, {
      met: (known) => this.#met(known),
      drain: () => void this.drain(),
      closed: () => this.#cutOff(),
    });
  }

  /** The name under which the engine knows the worker over all its sessions. */
  get name(): string {
    return this.#plan.name;
  }

  /** The id of this session: a new worker has a new one. */
  get session(): string {
    return this.#session.id;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Handlers at work now. */
  get running(): number {
    return this.#session.runs.running;
  }

  /**
   * Resolves when an engine has accepted the worker; while none answers it goes on asking. Rejects when the engine refuses
   * what the worker says of itself. With `waitForEngine: false` it resolves as soon as the worker listens.
   */
  start(): Promise<void> {
    if (this.#stopping)
      return Promise.reject(new Error('a stopped worker cannot be started again; make another one'));
    this.#starting ??= this.#open();
    return this.#starting;
  }

  /** Takes no more work; resolves when nothing runs any more. The session goes on until `stop`. */
  drain(): Promise<void> {
    if (!this.#session.runs.draining) {
      this.#session.drain();
      this.#become();
    }
    return this.#session.runs.idle();
  }

  /**
   * Drains, aborts what still runs after `forceMs` (reason `shutdown`; it is given back and costs no try), sends the last
   * reports and says goodbye. A handler that ignores its signal is left behind after its grace time.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#close(options.forceMs ?? this.#plan.drainMs);
    return this.#stopping;
  }

  async #open(): Promise<void> {
    this.#become();
    const met = this.#session.open().catch(async (error: unknown) => {
      await this.stop({ forceMs: 0 });
      throw error;
    });
    if (this.#waitForEngine) return met;
    // Nobody waits for the refusal then; the state shows it.
    met.catch(() => undefined);
  }

  /** Nobody can be told anything any more, and the leases end: what runs must not go on unseen. */
  #cutOff(): void {
    this.#known = false;
    this.#session.runs.stopAll('lease_lost');
    void this.stop({ forceMs: 0 });
  }

  async #close(forceMs: number): Promise<void> {
    if (this.#starting) await this.#finish(forceMs);
    this.#move('stopped');
  }

  async #finish(forceMs: number): Promise<void> {
    const { runs } = this.#session;
    if (!(await settlesWithin(this.drain(), forceMs))) {
      const graceMs = runs.graceMs();
      runs.stopAll('shutdown');
      await settlesWithin(runs.idle(), graceMs);
    }
    if (this.#known && runs.running === 0) await settlesWithin(runs.empty(), REPORTS_MS);
    await this.#session.close();
  }

  #met(known: boolean): void {
    this.#known = known;
    this.#become();
  }

  #become(): void {
    if (this.#state === 'stopped') return;
    if (this.#session.runs.draining) this.#move('draining');
    else this.#move(this.#known ? 'ready' : 'seeking');
  }

  #move(state: WorkerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
