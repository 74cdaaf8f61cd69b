import type { Assignment } from '@precedent/contracts';
import type { AtomicSections } from './atomic-sections.ts';
import type { StopRequest, Suspendable } from '../handler.ts';
import type { CheckpointLog } from '../checkpoints/checkpoint-log.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { YieldRequest } from '../yield-signal.ts';
import { YieldSignal } from '../yield-signal.ts';

/** The right to run one attempt of one task, from its assignment until the engine has taken note of its end. */
export class Attempt {
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  /** Which run of its task it is, from 1; an attempt that was interrupted has several. */
  readonly run: number;
  readonly graceMs: number;
  /** Milliseconds between signs of life of the handler; 0: none asked. */
  readonly heartbeatMs: number;
  /** Whether its handler still runs. Afterwards only the report is outstanding. */
  running = false;
  /** A moment of `performance.now()`; kept only where signs of life are asked. */
  lastSignAt = 0;
  log: AttemptLog | undefined;
  /** What it has made durable; made when it first does. */
  kept: CheckpointLog | undefined;
  /** Made when it opens the first one. */
  sections: AtomicSections | undefined;
  /** Set when the code can be frozen. */
  control: Suspendable | undefined;
  /** It is to be frozen, or is. */
  suspended = false;
  /** The decision that it is frozen for. */
  frozenFor: string | undefined;
  #yield: YieldRequest | undefined;
  #yieldController: AbortController | undefined;
  /** A stop that an atomic section holds back. */
  #held: StopRequest | undefined;
  #stop: StopRequest | undefined;
  #controller: AbortController | undefined;

  constructor({ id, epoch, attempt, graceMs, heartbeatMs, resume }: Assignment) {
    this.id = id;
    this.epoch = epoch;
    this.attempt = attempt;
    this.run = (resume?.segments ?? 0) + 1;
    this.graceMs = graceMs;
    this.heartbeatMs = heartbeatMs;
    if (heartbeatMs > 0) this.lastSignAt = performance.now();
  }

  /** Why the code was told to stop, if it was; also when an atomic section still holds that back. */
  get stopped(): StopRequest | undefined {
    return this.#held ?? this.#stop;
  }

  /** Made when first asked for: most handlers never look at it, and it is the dearest part of a context. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#stop && !this.#controller.signal.aborted) this.#controller.abort(this.#stop);
    return this.#controller.signal;
  }

  /** A lost lease stays lost: whatever the code returns is nobody's result. Of other reasons the last one counts. */
  stop(request: StopRequest): void {
    if (this.stopped?.reason === 'lease_lost') return;
    if (request.reason === 'lease_lost') this.kept?.lose();
    if (!this.sections?.areOpen) return this.#abort(request);
    this.#held = request;
    this.sections.whenFree(() => this.#letThrough());
  }

  /** Who wants the code to stop at a safe point, from where the task would go on. */
  get yieldAsked(): YieldRequest | undefined {
    const { stopped } = this;
    if (stopped === undefined) return this.#yield;
    if (stopped.reason === 'preempted') return { reason: 'preempted', deadlineMs: stopped.graceMs };
    return stopped.reason === 'shutdown' ? { reason: 'drain', deadlineMs: stopped.graceMs } : undefined;
  }

  /** Made when first asked for, as `signal` is. */
  get yieldSignal(): AbortSignal {
    this.#yieldController ??= new AbortController();
    if (this.#yield) this.#yieldController.abort(this.#yield);
    return this.#yieldController.signal;
  }

  askToYield(request: YieldRequest): void {
    this.#yield ??= request;
    this.#yieldController?.abort(this.#yield);
  }

  /** A safe point. Throws a `YieldSignal`, or why the code was told to stop; nothing inside of an atomic section. */
  yieldIfAsked(): void {
    if (this.sections?.areOpen) return;
    const asked = this.yieldAsked;
    if (asked) throw new YieldSignal(asked);
    // The reason of the signal, as with `throwIfAborted`.
    if (this.stopped) throw this.stopped as unknown as Error;
  }

  sign(): void {
    if (this.heartbeatMs > 0) this.lastSignAt = performance.now();
  }

  #letThrough(): void {
    const request = this.#held;
    this.#held = undefined;
    if (request) this.#abort(request);
  }

  #abort(request: StopRequest): void {
    this.#stop = request;
    if (this.#controller?.signal.aborted === false) this.#controller.abort(request);
  }
}
