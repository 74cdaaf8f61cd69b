import type { AppError } from '@precedent/kernel';

/** Why running code is asked to stop; the reason of the context's AbortSignal. */
export interface StopRequest {
  readonly reason: 'cancelled' | 'timeout' | 'lease_lost' | 'shutdown';
  /** Milliseconds until the code is ended by force. */
  readonly graceMs: number;
}

/** One attempt to run, as an executor sees it. */
export interface Job {
  readonly id: string;
  readonly epoch: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  readonly task: {
    readonly name?: string;
    readonly payload?: unknown;
    readonly command?: string;
    readonly args?: readonly string[];
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly traceparent?: string;
  };
}

/** What running code may do beside its work. */
export interface JobContext {
  /** Aborted with a `StopRequest` as its reason. The code should end within `graceMs`; processes are killed after it. */
  readonly signal: AbortSignal;
  /** 0 to 1. Also a sign of life. */
  progress(fraction: number, message?: string): void;
  /** A sign of life, for tasks with a heartbeat timeout. */
  heartbeat(): void;
  /** Keeps output as the attempt's log, up to the worker's cap. Also a sign of life. */
  log(stream: 'stdout' | 'stderr' | 'log', text: string): void;
}

/**
 * Runs one attempt and resolves to its result (JSON). Rejects with an `AppError` when it failed; any other error counts as
 * HANDLER_FAILED. It settles only when nothing of the attempt runs any more: the slot is free at that moment.
 */
export type Executor = (job: Job, context: JobContext) => Promise<unknown>;

/** What the worker's part of a failed attempt looks like. */
export type ExecutorFailure = AppError;
