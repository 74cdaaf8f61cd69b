import { settlesWithin } from '@precedent/kernel';
import type { WorkerOptions, WorkerState } from './options.ts';
import { settingsOf } from './settings.ts';
import type { WorkerSettings } from './settings.ts';
import { EngineSession } from './session.ts';
import type { WorkerHost } from './session-channel.ts';

export interface StopOptions {
  /** Milliseconds that running tasks may go on; then they are aborted and given back. The worker's `drainMs` when left out. */
  readonly forceMs?: number;
}

/** For an isolated handler to be terminated when its time is up. */
const TERMINATE_MS = 250;
/** For the last reports to be answered. */
const REPORTS_MS = 5_000;

/** Takes tasks from the engine of a cell and runs them in this process. Made by `Client.worker`. */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #session: EngineSession;
  readonly #onState: (state: WorkerState) => void;
  readonly #waitForEngine: boolean;
  #state: WorkerState = 'idle';
  #isKnown = false;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(host: WorkerHost, options: WorkerOptions) {
    this.#settings = settingsOf(options, host.newId);
    this.#onState = options.onState ?? (() => undefined);
    this.#waitForEngine = options.waitForEngine ?? true;
    this.#session = new EngineSession(host, this.#settings, {
      known: (isKnown) => this.#setKnown(isKnown),
      drain: () => void this.drain(),
      closed: () => this.#cutOff(),
    });
  }

  /** The name under which the engine knows the worker over all its sessions. */
  get name(): string {
    return this.#settings.name;
  }

  /** The id of this session: a new worker has a new one. */
  get session(): string {
    return this.#session.id;
  }

  /** See `WorkerState`; `onState` is called when it changes. */
  get state(): WorkerState {
    return this.#state;
  }

  /** Handlers at work now. */
  get running(): number {
    return this.#session.runner.running;
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

  /** Takes no more work, and requests what runs to yield. Resolves when nothing runs any more. The session goes on until `stop`. */
  drain(): Promise<void> {
    if (!this.#session.runner.isDraining) {
      this.#session.drain();
      this.#become();
    }
    return this.#session.runner.idle();
  }

  /**
   * Drains, aborts what still runs after `forceMs` (reason `shutdown`; it is given back and costs no try), sends the last
   * reports and says goodbye. A handler that ignores its signal is abandoned after its grace time.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#close(options.forceMs ?? this.#settings.drainMs);
    return this.#stopping;
  }

  async #open(): Promise<void> {
    this.#become();
    if (this.#settings.isolated.areNeeded) await this.#openPools();
    const met = this.#session.open().catch(async (error: unknown) => {
      await this.stop({ forceMs: 0 });
      throw error;
    });
    if (this.#waitForEngine) return met;
    // The caller does not wait for the refusal then; the state shows it.
    met.catch(() => undefined);
  }

  async #openPools(): Promise<void> {
    try {
      await this.#settings.isolated.open();
    } catch (error) {
      await this.stop({ forceMs: 0 });
      throw error;
    }
  }

  /** Nothing can be reported any more, and the leases end: what runs must not go on unseen. */
  #cutOff(): void {
    this.#isKnown = false;
    this.#session.runner.stopAll('lease_lost');
    void this.stop({ forceMs: 0 });
  }

  async #close(forceMs: number): Promise<void> {
    if (this.#starting) await this.#finish(forceMs);
    this.#move('stopped');
  }

  async #finish(forceMs: number): Promise<void> {
    const { runner } = this.#session;
    if (!(await settlesWithin(this.drain(), forceMs))) {
      const stopMs = runner.stopMs() + (this.#settings.isolated.areNeeded ? TERMINATE_MS : 0);
      runner.stopAll('shutdown');
      await settlesWithin(runner.idle(), stopMs);
    }
    if (this.#isKnown && runner.running === 0) await settlesWithin(runner.empty(), REPORTS_MS);
    await this.#session.close();
    await this.#settings.isolated.close();
  }

  #setKnown(isKnown: boolean): void {
    this.#isKnown = isKnown;
    this.#become();
  }

  #become(): void {
    if (this.#state === 'stopped') return;
    if (this.#session.runner.isDraining) this.#move('draining');
    else this.#move(this.#isKnown ? 'ready' : 'seeking');
  }

  #move(state: WorkerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
