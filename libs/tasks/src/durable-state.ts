import type { CheckpointStep, RollbackStep } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';

/** A saved state of a running task. Only the task reads its content; the hash tells whether it is what was saved. */
export interface Checkpoint extends CheckpointStep {
  readonly epoch: number;
  readonly at: EpochMs;
}

/** An action that undoes what the task was about to do. Journal and wire keep the older word `undo`. */
export interface Compensation extends RollbackStep {
  readonly epoch: number;
}

/** A compensation that failed for good: evidence for a person. */
export interface FailedCompensation {
  readonly undo: Compensation;
  readonly error: Problem;
}

/** What a task carries over from one run to the next, with the field names of the snapshot. Tasks without any share `NO_DURABLE_STATE`. */
export interface DurableState {
  /** The latest two, the newer first. */
  readonly checkpoints: readonly Checkpoint[];
  /** Since the latest checkpoint, and not carried out yet, in order. */
  readonly undo: readonly Compensation[];
  readonly failedUndo: readonly FailedCompensation[];
  /** Runs that ended without a verdict. */
  readonly segments: number;
  /** What these runs took of the attempt that goes on. Milliseconds. */
  readonly ranMs: number;
  readonly preemptions: number;
  /** The attempt was interrupted, and is not over: each lease goes on with it. */
  readonly resuming: boolean;
  /** The worker session that it ran on last. */
  readonly session?: string | undefined;
  /** The decision that it was a victim of last. */
  readonly decision?: string | undefined;
}

export const NO_DURABLE_STATE: DurableState = Object.freeze({
  checkpoints: [],
  undo: [],
  failedUndo: [],
  segments: 0,
  ranMs: 0,
  preemptions: 0,
  resuming: false,
});

export const CHECKPOINTS_MAX = 2;
