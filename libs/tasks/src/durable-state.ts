import type { CheckpointStep, RollbackStep } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';

/** A saved state of a running task. Only the task reads its content; the hash shows whether it is what was saved. */
export interface Checkpoint extends CheckpointStep {
  readonly epoch: number;
  readonly at: EpochMs;
}

/** A rollback action that a lease registered before its effect. In journal and wire its kind is `undo`. */
export interface RegisteredRollback extends RollbackStep {
  readonly epoch: number;
}

/** A rollback action that failed for good: evidence for a person. */
export interface RollbackFailure {
  readonly rollback: RegisteredRollback;
  readonly error: Problem;
}

/** What a task carries over from one run to the next. Tasks without any share `NO_DURABLE_STATE`. */
export interface DurableState {
  /** The latest two, the newer first. */
  readonly checkpoints: readonly Checkpoint[];
  /** Since the latest checkpoint, and not carried out yet, in order. */
  readonly rollbacks: readonly RegisteredRollback[];
  readonly failedRollbacks: readonly RollbackFailure[];
  /** Runs that ended without a verdict. */
  readonly segments: number;
  /** What these runs took of the attempt that goes on. Milliseconds. */
  readonly ranMs: number;
  readonly preemptions: number;
  /** The attempt was interrupted, and is not over: each lease goes on with it. */
  readonly resuming: boolean;
  /** The worker session that the task ran on last. */
  readonly session?: string | undefined;
  /** The latest decision that the task was a victim of. */
  readonly decision?: string | undefined;
}

export const NO_DURABLE_STATE: DurableState = Object.freeze({
  checkpoints: [],
  rollbacks: [],
  failedRollbacks: [],
  segments: 0,
  ranMs: 0,
  preemptions: 0,
  resuming: false,
});

export const CHECKPOINTS_MAX = 2;

/** The durable state as snapshots and histories hold it, where rollbacks have an older name. `null`: `NO_DURABLE_STATE`. */
export type StoredDurableState =
  | (Omit<DurableState, 'rollbacks' | 'failedRollbacks'> & {
      readonly undo: readonly RegisteredRollback[];
      readonly failedUndo: readonly { readonly undo: RegisteredRollback; readonly error: Problem }[];
    })
  | null;

export const storedDurableState = (state: DurableState): StoredDurableState => {
  if (state === NO_DURABLE_STATE) return null;
  const { checkpoints, rollbacks, failedRollbacks, ...rest } = state;
  const failedUndo = failedRollbacks.map(({ rollback, error }) => ({ undo: rollback, error }));
  return { checkpoints, undo: rollbacks, failedUndo, ...rest };
};

/** Whether `durableStateOf` can read a value. */
export const isStoredDurableState = (value: unknown): boolean => {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const { checkpoints, undo, failedUndo } = value as Record<string, unknown>;
  return [checkpoints, undo, failedUndo].every((list) => Array.isArray(list) && list.every(isObject));
};

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

export const durableStateOf = (stored: StoredDurableState): DurableState => {
  if (stored === null) return NO_DURABLE_STATE;
  const { checkpoints, undo, failedUndo, ...rest } = stored;
  const failedRollbacks = failedUndo.map(({ undo: rollback, error }) => ({ rollback, error }));
  return { checkpoints, rollbacks: undo, failedRollbacks, ...rest };
};
