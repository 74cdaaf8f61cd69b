import type { Job, YieldRequest } from '@precedent/contract-types';
import { errorName } from '@precedent/kernel';

export type { Job, StopRequest, YieldRequest } from '@precedent/contract-types';

/**
 * Thrown at a safe point of a task that was requested to yield. Let it through: it is how the handler ends. A handler may throw one of its
 * own to go on later, in at most 1,000 runs of the task.
 */
export class YieldSignal extends Error {
  override readonly name = 'YieldSignal';
  /** `undefined` when the handler yields by itself. */
  readonly request: YieldRequest | undefined;

  constructor(request?: YieldRequest) {
    super(`the task yields (${request?.reason ?? 'by itself'}); it goes on later from its last checkpoint`);
    this.request = request;
  }
}

/** Whether it is a `YieldSignal`: by its name and not by its class, because two copies of the package must agree. */
export const isYield = (error: unknown): error is YieldSignal => errorName(error) === 'YieldSignal';

/** Where a task that ran before goes on: its last durable checkpoint. */
export interface ResumePoint {
  /** What `checkpoint` was given, read back from JSON and checked against its hash. */
  readonly state: unknown;
  /** Of the code that wrote the state; after a migration, the version that it was migrated to. */
  readonly version: string;
  /** Which step of its lease the checkpoint was, from 1. */
  readonly seq: number;
  /** The progress that was reported with it, 0 to 1. */
  readonly fraction?: number;
  /** Runs of this task before this one that ended without a verdict. */
  readonly segment: number;
}

export interface CheckpointOptions {
  /** Progress, 0 to 1; shown with the task. */
  readonly fraction?: number;
  /** Of the state's form, 64 characters at most. The worker's `handlerVersion` when left out. */
  readonly version?: string;
  /** `false`: not a safe point; the handler goes on even when a yield or a stop is requested. */
  readonly thenYield?: boolean;
}

export interface AtomicOptions {
  /** Milliseconds after which a stop goes through all the same, 60 s at most. */
  readonly maxMs: number;
}

/**
 * How to freeze what an attempt runs outside of this process, and how to resume it. It is frozen when `suspend` returns, or when its
 * promise resolves, and another task gets its slot; `false`: it could not be frozen, and runs. Neither should throw. Both may be called
 * again: what is frozen stays frozen, and what runs goes on.
 */
export interface Suspendable {
  readonly suspend: () => void | boolean | Promise<void | boolean>;
  readonly resume: () => void;
}

/** What running code can use of its worker. Each member may be taken out of the object and used alone. */
export interface JobContext {
  /** Aborted with a `StopRequest` as its reason. The code should end within `graceMs`. */
  readonly signal: AbortSignal;
  /** Aborted with a `YieldRequest` as its reason: for code that waits, and has no safe points meanwhile. */
  readonly yieldSignal: AbortSignal;
  /** Where to go on; `undefined` when the task starts from zero. */
  readonly resume: ResumePoint | undefined;
  /** 0 to 1. Also a sign of life. At most ten a second are sent; the last one always is. */
  readonly progress: (fraction: number, message?: string) => void;
  /** A sign of life, for tasks with a heartbeat timeout. */
  readonly heartbeat: () => void;
  /** Writes output into the attempt's log, up to the worker's `logBytes`. Also a sign of life. */
  readonly log: (stream: 'stdout' | 'stderr' | 'log', text: string) => void;
  /**
   * Resolves when the state (JSON, 64 MiB at most) is durable: from here the task goes on after a preemption, a deploy, a
   * crash or a time limit. Taken as it is at the call; those of one attempt become durable in their order. The rollback
   * actions before it are not carried out any more. It is a safe point as `yieldIfRequested` is, once the state is durable: a handler that
   * checkpoints in its loop can be preempted there. Throws INVALID_REQUEST for what JSON cannot hold and while 2,000 wait,
   * PAYLOAD_TOO_LARGE, and STALE_EPOCH when the lease has ended; the signal is aborted then.
   */
  readonly checkpoint: (state: unknown, options?: CheckpointOptions) => Promise<void>;
  /** Whether the task should stop at its next safe point: for urgent work, or because the worker is to end. */
  readonly yieldRequested: () => boolean;
  /**
   * A safe point: throws a `YieldSignal` when a yield is requested, and the reason of `signal` when a stop is. The task goes on later from its last checkpoint, at no cost. Does nothing inside of an atomic section.
   */
  readonly yieldIfRequested: () => void;
  /**
   * Runs `fn` as one piece: until it ends, or `maxMs` milliseconds have passed, no stop reaches the signal. Sections may be nested.
   * Throws what `fn` throws, and INVALID_REQUEST for a `maxMs` out of bounds. A stop that was held back arrives before this resolves.
   */
  readonly atomic: <T>(fn: () => Promise<T> | T, options: AtomicOptions) => Promise<T>;
  /**
   * Names the action, of the worker's `rollbacks`, that undoes what is about to be done. Resolves when that is durable; do
   * the thing then. The next checkpoint makes it superfluous. Throws INVALID_REQUEST for an unknown name at once,
   * PAYLOAD_TOO_LARGE beyond 16 KiB, STALE_EPOCH when the lease has ended.
   */
  readonly onRollback: (name: string, payload?: unknown) => Promise<void>;
  /**
   * The same text for every attempt and every run of the task, and for a repetition that keeps its keys: for services that carry out the same
   * request only once.
   */
  readonly idempotencyKey: (step: string) => string;
  /** Says how the attempt can be frozen when urgent work wants the machine for a while. The last registration counts. */
  readonly suspendable: (control: Suspendable) => void;
}

/**
 * Runs one attempt; what it resolves to is the task's result (JSON, 256 KiB at most). An `AppError` keeps its code, any other error becomes
 * HANDLER_FAILED under its name; `retryable: false` on the error means: never again. The slot is free when it settles.
 */
export type Handler = (job: Job, context: JobContext) => Promise<unknown>;

export interface RollbackContext {
  /** Of the task. */
  readonly id: string;
  /** Aborted when this try has taken too long (30 s), or when the lease is lost: another worker carries the action out then. */
  readonly signal: AbortSignal;
  /** Writes a line into the task's log. */
  readonly log: (text: string) => void;
}

/** Undoes one thing. It may be carried out more than once, also on another worker: a repetition must be harmless. */
export type RollbackAction = (payload: unknown, context: RollbackContext) => Promise<void>;
