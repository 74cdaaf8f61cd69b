import type { JobContext, StopRequest, YieldRequest } from '../handler.ts';
import { YieldSignal } from '../handler.ts';
import { AtomicSections } from './atomic-sections.ts';

/** Receives the requests to the code of an attempt. */
export interface InterruptionListener {
  /** A stop has got through. Called again for a later one. */
  readonly stopped: (request: StopRequest) => void;
  readonly yieldRequested: (request: YieldRequest) => void;
}

/** The context of an attempt, for what runs its code elsewhere: it passes on every request. */
export interface InterruptibleContext extends JobContext {
  readonly listen: (listener: InterruptionListener) => void;
}

/** What the code of one attempt was requested to do: to stop, or to yield at its next safe point. Atomic sections hold a stop back. */
export class Interruption {
  #stop: StopRequest | undefined;
  /** A stop that an atomic section holds back. */
  #heldStop: StopRequest | undefined;
  #yield: YieldRequest | undefined;
  #stopController: AbortController | undefined;
  #yieldController: AbortController | undefined;
  #sections: AtomicSections | undefined;
  #listener: InterruptionListener | undefined;

  /** Why the code was requested to stop, if it was; also while an atomic section holds that back. */
  get stopRequest(): StopRequest | undefined {
    return this.#heldStop ?? this.#stop;
  }

  /** Who wants the code to stop at a safe point. A stop after which the task goes on elsewhere counts as well. */
  get yieldRequest(): YieldRequest | undefined {
    const { stopRequest } = this;
    if (stopRequest === undefined) return this.#yield;
    const { reason, graceMs } = stopRequest;
    if (reason === 'preempted') return { reason, deadlineMs: graceMs };
    return reason === 'shutdown' ? { reason: 'drain', deadlineMs: graceMs } : undefined;
  }

  /** Aborted with the stop request. Made when it is first read: most handlers never do, and it is the dearest part of a context. */
  get signal(): AbortSignal {
    this.#stopController ??= new AbortController();
    if (this.#stop) this.#stopController.abort(this.#stop);
    return this.#stopController.signal;
  }

  /** Aborted with the yield request. Made when it is first read. */
  get yieldSignal(): AbortSignal {
    this.#yieldController ??= new AbortController();
    if (this.#yield) this.#yieldController.abort(this.#yield);
    return this.#yieldController.signal;
  }

  /** Milliseconds until a stop goes through at the latest. */
  get atomicMs(): number {
    return this.#sections?.remainingMs ?? 0;
  }

  /** Passes the requests on to `listener`, also those that came before. There is one listener at most. */
  listen(listener: InterruptionListener): void {
    this.#listener = listener;
    if (this.#yield) listener.yieldRequested(this.#yield);
    if (this.#stop) listener.stopped(this.#stop);
  }

  /** A lost lease stays lost: nothing that the code returns is a result any more. Of other reasons the last one counts. */
  stop(request: StopRequest): void {
    if (this.stopRequest?.reason === 'lease_lost') return;
    if (!this.#sections?.areOpen) return this.#abort(request);
    this.#heldStop = request;
    this.#sections.whenFree(() => this.#letThrough());
  }

  /** The first request counts. */
  requestYield(request: YieldRequest): void {
    if (this.#yield) return;
    this.#yield = request;
    this.#yieldController?.abort(request);
    this.#listener?.yieldRequested(request);
  }

  /** A safe point. Throws a `YieldSignal`, or the reason of the signal; nothing inside of an atomic section. */
  yieldIfRequested(): void {
    if (this.#sections?.areOpen) return;
    const { yieldRequest, stopRequest } = this;
    if (yieldRequest) throw new YieldSignal(yieldRequest);
    // As `throwIfAborted` does, which throws what is no error either.
    if (stopRequest) throw stopRequest as unknown as Error;
  }

  /** Runs `fn` as one piece. `notify`: see `AtomicSections`; that of the first section counts. */
  atomic<T>(fn: () => Promise<T> | T, maxMs: number, notify: (maxMs: number) => void): Promise<T> {
    this.#sections ??= new AtomicSections(notify);
    return this.#sections.run(fn, maxMs);
  }

  #letThrough(): void {
    const request = this.#heldStop;
    this.#heldStop = undefined;
    if (request) this.#abort(request);
  }

  #abort(request: StopRequest): void {
    this.#stop = request;
    this.#stopController?.abort(request);
    this.#listener?.stopped(request);
  }
}
