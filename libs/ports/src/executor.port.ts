import type { BulkPiece, BulkPieceReply, Job } from '@precedent/contract-types';

/** Where a task that ran before goes on: its last durable checkpoint. */
export interface ExecutorResume {
  /** As it was given to `checkpoint`. */
  readonly state: unknown;
  /** Of the code that wrote the state. */
  readonly version: string;
  /** Runs of this task before this one that ended without a verdict. */
  readonly segment: number;
}

/** What running code may do in addition to its work. */
export interface ExecutorContext {
  /** Aborted with a `StopRequest` as its reason. The code should end within `graceMs`; processes are killed after it. */
  readonly signal: AbortSignal;
  /** Aborted with a `YieldRequest` as its reason. The code should end with a `YieldSignal` as soon as it is safe. */
  readonly yieldSignal: AbortSignal;
  /** Where to go on; `undefined` when the task starts from zero. */
  readonly resume: ExecutorResume | undefined;
  /**
   * Resolves when the state (JSON, 64 MiB at most) is durable: from here the task goes on. `version` is that of the state's
   * form. Throws PAYLOAD_TOO_LARGE, INVALID_REQUEST, or STALE_EPOCH when the lease has ended; and, unless `thenYield` is
   * false, a `YieldSignal` when the task has an order to yield.
   */
  checkpoint(
    state: unknown,
    options?: { readonly version?: string; readonly fraction?: number; readonly thenYield?: boolean },
  ): Promise<void>;
  /**
   * Registers how the running code is suspended and resumed. The last registration counts. `suspend` resolves to
   * whether the code is suspended: its slot is then given to another task.
   */
  suspendable(control: { readonly suspend: () => Promise<boolean>; readonly resume: () => void }): void;
  /** 0 to 1. Also a sign of life. */
  progress(fraction: number, message?: string): void;
  /** A sign of life, for tasks with a heartbeat timeout. */
  heartbeat(): void;
  /**
   * Has the engine act on a piece of the set of this task, which is of the type `BULK_TYPE`; repeated over restarts of the engine until it
   * answers. A piece that was acted on before is acted on again without harm. Rejects STALE_EPOCH when the lease has ended, and with what
   * the engine refuses. Only the workers of a cell have it.
   */
  readonly actOn?: (piece: BulkPiece) => Promise<BulkPieceReply>;
  /** Keeps output as the attempt's log, up to the worker's cap. Also a sign of life. */
  log(stream: 'stdout' | 'stderr' | 'log', text: string): void;
}

/**
 * Runs one attempt and resolves to its result (JSON). Rejects with an error of the name `YieldSignal` when it stopped at a
 * safe point and is to go on later, with an `AppError` when it failed; any other error counts as HANDLER_FAILED. It settles
 * only when nothing of the attempt runs any more: the slot is free at that moment.
 */
export type Executor = (job: Job, context: ExecutorContext) => Promise<unknown>;
