export { NO_ATTEMPT, attemptAfter, leaseEndOf, ranUntil, unsavedMs } from './attempts.ts';
export type { Attempt, LeaseEnd, PreemptionOrder } from './attempts.ts';
export { GRACE_MARGIN_MS, isLeftAlone, nextDeadline } from './deadlines.ts';
export type { Deadline, TimeLimit } from './deadlines.ts';
export { EnvelopeWriter, readEnvelope } from './envelope.ts';
export type { EncodedEntry } from './envelope.ts';
export { applyRecord } from './fold.ts';
export { JOURNAL_VERSION } from './records.ts';
export type {
  ChangeRecord,
  Envelope,
  DecidedRecord,
  DeletedRecord,
  EpochRecord,
  CheckpointStepRecord,
  RollbackOutcome,
  JournalRecord,
  LeasedRecord,
  RejectedRecord,
  SettledRecord,
  SubmittedRecord,
} from './records.ts';
export { RowsWriter, SNAPSHOT_VERSION, decodeRow } from './snapshot/snapshot-format.ts';
export type { DeletedTask, KeyEntry, SnapshotEntry } from './snapshot/snapshot-format.ts';
export { SnapshotScan } from './snapshot/snapshot-scan.ts';
export { mayRetryAfter, retryDelay } from './retry.ts';
export { bodyOf, classKey, classOf } from './task-class.ts';
export { taskTitleOf } from './task-title.ts';
export type { TaskTitle } from './task-title.ts';
export type {
  PreemptionOptions,
  Resources,
  RetryPolicy,
  Submission,
  TaskClass,
  TaskDefaults,
  Timeouts,
} from './task-class.ts';
export { taskEffects } from './task.effects.ts';
export type { TaskEffect } from './task.effects.ts';
export { LOSSES_MAX, taskMachine } from './task.machine.ts';
export type { TaskMachineEvent } from './task-events.ts';
export { stepOf } from './task.table.ts';
export type { TaskMachineState, TaskStep } from './task.table.ts';
export { NO_RUN, TaskRow, attemptOf, contextOf, parsedBody, publicStateOf } from './task-row.ts';
export type { TaskRowFields, TaskRun } from './task-row.ts';
export { isLeased, isRunning, isSettled, STATES } from './task-state.ts';
export type { PreemptMode, StopCause, TaskStateName, VictimEnd } from './task-state.ts';
export { CHECKPOINTS_MAX, NO_DURABLE_STATE, durableStateOf, storedDurableState } from './durable-state.ts';
export type {
  Checkpoint,
  DurableState,
  RegisteredRollback,
  RollbackFailure,
  StoredDurableState,
} from './durable-state.ts';
