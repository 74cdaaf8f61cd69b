export { NO_ATTEMPT, attemptAfter, begunBy, leaseEndOf, ranUntil, unsavedMs } from './attempts.ts';
export type { Attempt, PreemptionOrder } from './attempts.ts';
export { isLeftAlone, leavesBy, nextDeadline } from './deadlines.ts';
export type { TimeLimit } from './deadlines.ts';
export { EnvelopeWriter, readEnvelope } from './envelope.ts';
export { classInBand, submittedClassOf } from './band-change.ts';
export { applyRecord } from './fold.ts';
export type {
  ChangeRecord,
  Envelope,
  DecidedRecord,
  DefinitionRecord,
  DeletedRecord,
  CheckpointStepRecord,
  JournalRecord,
  RejectedRecord,
  RunRecord,
  SettledRecord,
  SubmittedRecord,
} from './records.ts';
export { definitionAfter } from './definition.ts';
export type { Definition } from './definition.ts';
export { DefinitionsWriter } from './snapshot/definitions-writer.ts';
export { RunsWriter } from './snapshot/runs-writer.ts';
export { RowsWriter, SNAPSHOT_VERSION, decodeRow } from './snapshot/snapshot-format.ts';
export type { DeletedTask, KeyEntry, LimitTimesTuple, SnapshotEntry } from './snapshot/snapshot-format.ts';
export { SnapshotScan } from './snapshot/snapshot-scan.ts';
export { redriveIn, shownRedrive, submissionOf } from './redrive.ts';
export { mayRetryAfter } from './retry.ts';
export { bandFor, classKey, classOf, isRunOfWorkflow, jobBodyOf } from './task-class.ts';
export { classText, keyDigestOf, specDigestOf } from './spec-digest.ts';
export { EntryChain } from './chain.ts';
export { seal } from './seal.ts';
export { taskTitleOf } from './task-title.ts';
export type {
  PreemptionOptions,
  Resources,
  RetryPolicy,
  Submission,
  Submitter,
  TaskClass,
  TaskDefaults,
  Timeouts,
} from './task-class.ts';
export { announcementOf, taskEffects } from './task.effects.ts';
export type { TaskEffect } from './task.effects.ts';
export { LOSSES_MAX } from './task.machine.ts';
export type { TaskMachineEvent } from './task-events.ts';
export { stepOf } from './task.table.ts';
export type { TaskMachineState, TaskStep } from './task.table.ts';
export {
  NO_RUN,
  TaskRow,
  admissionOf,
  attemptOf,
  begin,
  contextOf,
  isAssignedAhead,
  publicStateOf,
  startedAttemptsOf,
} from './task-row.ts';
export type { TaskRowFields, TaskRun } from './task-row.ts';
export { isLeased, isSettled } from './task-state.ts';
export type { PreemptMode, StopCause, TaskStateName, VictimEnd } from './task-state.ts';
export { NO_DURABLE_STATE, durableStateOf, storedDurableState } from './durable-state.ts';
export type { Checkpoint, DurableState, RegisteredRollback, StoredDurableState } from './durable-state.ts';
