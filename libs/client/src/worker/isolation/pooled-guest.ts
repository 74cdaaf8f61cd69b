import { settlesWithin } from '@precedent/kernel';
import { deferred } from './deferred.ts';
import type { CrashReport } from './crash.ts';
import { loadError } from './load-error.ts';
import type { IsolatedHandler } from './isolated-handler.ts';
import type { Guest, GuestEnd } from './launch.ts';
import type { GuestMessage, HostMessage } from './protocol.ts';
import { unpackThrown } from './thrown-value.ts';

/** The run that a guest is busy with. */
export interface GuestRunListener {
  readonly received: (message: GuestMessage) => void;
  /** The guest ended by itself. */
  readonly crashed: (report: CrashReport) => void;
}

/** starting: it loads its module. stopping: it was terminated, and something of it may still run. */
export type GuestState = 'starting' | 'idle' | 'running' | 'stopping' | 'gone';

/** One guest of a pool, from its start until nothing of it runs any more. */
export class PooledGuest {
  /** Resolves when its module is loaded. Rejects with INVALID_CONFIG when it cannot be. */
  readonly loaded: Promise<void>;
  readonly #guest: Guest;
  readonly #gone: () => void;
  readonly #settleLoad: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
  readonly #handler: IsolatedHandler;
  #state: GuestState = 'starting';
  #runs = 0;
  #listener: GuestRunListener | undefined;
  #uncaught: CrashReport['uncaught'];

  /** `gone` is called once, when nothing of it runs any more. */
  constructor(
    handler: IsolatedHandler,
    options: { readonly name: string; readonly logBytes: number },
    gone: () => void,
  ) {
    const { promise, resolve, reject } = deferred();
    promise.catch(() => undefined);
    this.loaded = promise;
    this.#settleLoad = { resolve, reject };
    this.#handler = handler;
    this.#gone = gone;
    this.#guest = handler.launch(
      { name: options.name, memoryMb: handler.memoryMb },
      { received: (message) => this.#received(message), ended: (end) => this.#ended(end) },
    );
    this.#guest.post({ kind: 'load', logBytes: options.logBytes, ...handler.source });
  }

  get state(): GuestState {
    return this.#state;
  }

  /** The number of the run that begins. What it sends goes to `listener` from now on. */
  begin(listener: GuestRunListener): number {
    this.#listener = listener;
    if (this.#state === 'idle') this.#state = 'running';
    return ++this.#runs;
  }

  post(message: HostMessage): void {
    this.#guest.post(message);
  }

  /** The run is over, and the guest is ready for the next one. */
  release(): void {
    this.#listener = undefined;
    if (this.#state === 'running') this.#state = 'idle';
  }

  /** Resolves to whether nothing of it runs any more; `false` when that takes longer than `ms`. It is used for nothing else in any case. */
  terminate(ms: number): Promise<boolean> {
    this.#listener = undefined;
    if (this.#state !== 'gone') this.#state = 'stopping';
    return settlesWithin(this.#guest.terminate(), ms);
  }

  #received(message: GuestMessage): void {
    switch (message.kind) {
      case 'loaded':
        return this.#loaded();
      case 'unloadable':
        return this.#settleLoad.reject(loadError(this.#handler.source, unpackThrown(message.error)));
      case 'uncaught':
        this.#uncaught = message;
        return;
      default:
        return this.#listener?.received(message);
    }
  }

  #loaded(): void {
    if (this.#state === 'starting') this.#state = this.#listener ? 'running' : 'idle';
    this.#settleLoad.resolve();
  }

  #ended(end: GuestEnd): void {
    this.#state = 'gone';
    const { kind, source } = this.#handler;
    const { exitCode, signal, error } = end;
    const fact = `its ${kind} ended while it loaded (${signal ?? `exit code ${exitCode ?? 'unknown'}`})`;
    this.#settleLoad.reject(loadError(source, error ?? new Error(fact)));
    const listener = this.#listener;
    this.#listener = undefined;
    this.#gone();
    listener?.crashed({ ...end, uncaught: this.#uncaught });
  }
}
