import type { Problem } from '@precedent/kernel';

/** A durable state of a running task. What it holds is the task's own business; the hash tells whether it is what was saved. */
export interface Checkpoint {
  readonly kind: 'checkpoint';
  readonly epoch: number;
  readonly seq: number;
  readonly at: number;
  readonly hash: string;
  readonly version: string;
  readonly bytes: number;
  readonly state?: unknown;
  /** In the object store, when the state is not here. */
  readonly ref?: string | undefined;
  readonly fraction?: number | undefined;
}

/** An action that undoes what the task was about to do. */
export interface Undo {
  readonly kind: 'undo';
  readonly epoch: number;
  readonly seq: number;
  readonly name: string;
  readonly payload?: unknown;
}

/** An action that could not be carried out: evidence for a person. */
export interface FailedUndo {
  readonly undo: Undo;
  readonly error: Problem;
}

/** What a task carries over from one run to the next. Tasks that never kept anything share `NOTHING_KEPT`. */
export interface Kept {
  /** The latest two, the newer first. */
  readonly checkpoints: readonly Checkpoint[];
  /** Since the latest checkpoint, and not carried out yet, in order. */
  readonly undo: readonly Undo[];
  readonly failedUndo: readonly FailedUndo[];
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

export const NOTHING_KEPT: Kept = Object.freeze({
  checkpoints: [],
  undo: [],
  failedUndo: [],
  segments: 0,
  ranMs: 0,
  preemptions: 0,
  resuming: false,
});

export const CHECKPOINTS_KEPT = 2;
