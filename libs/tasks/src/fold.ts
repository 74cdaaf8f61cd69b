import { clockAfter, countsAfter, isUnstarted } from './attempts.ts';
import type { AttemptCounts, RunClock } from './attempts.ts';
import { classInBand } from './band-change.ts';
import { withEdge } from '@precedent/orchestration';
import { CHECKPOINTS_MAX } from './durable-state.ts';
import type { DurableState } from './durable-state.ts';
import type { ChangeRecord, CheckpointStepRecord, RollbackOutcome } from './records.ts';
import { NO_RUN, begin, clockOf, contextOf } from './task-row.ts';
import type { TaskRow, TaskRun } from './task-row.ts';
import { isRunOfWorkflow } from './task-class.ts';
import type { TaskStateName } from './task-state.ts';

/** Applies one fact to a task. All readers of the journal use this function, so that they see the same state. */
export const applyRecord = (row: TaskRow, record: ChangeRecord): void => {
  const context = contextOf(row);
  if (record.kind === 'suspended' && context.preempt === undefined) return;
  if (record.ranMs !== undefined) begin(row, record.at - record.ranMs);
  const counts = countsAfter(context, record);
  const next = { row, counts };
  const { attempt, retries, losses, epoch } = counts;
  const after = runAfter(next, record);
  const run = after.ahead && counts.ahead === undefined ? { ...after, ahead: undefined } : after;
  const durable = durableAfter(next, record);
  if (record.kind === 'rebanded') row.class = classInBand(row.class, record.band);
  row.state = stateAfter(row, record);
  row.progress = { attempt, retries, losses, epoch, run, durable };
};

/** A row before a record, with its counts after it. */
interface Next {
  readonly row: TaskRow;
  readonly counts: AttemptCounts;
}

const clockOfNext = ({ row, counts }: Next, record: ChangeRecord): RunClock =>
  clockAfter({ ...clockOf(row), ahead: row.run.ahead }, record, counts.resuming);

const stateAfter = (row: TaskRow, record: ChangeRecord): TaskStateName => {
  switch (record.kind) {
    case 'settled':
      return record.state;
    case 'leased':
    case 'spared':
    case 'resumed':
      return 'running';
    case 'ready':
      return isRunOfWorkflow(row.class) ? 'orchestrating' : 'queued';
    case 'requeued':
    case 'due':
      return 'queued';
    case 'edge':
    case 'rebanded':
    case 'kept':
      return row.state;
    case 'stopping':
    case 'retrying':
    case 'preempting':
    case 'preempted':
    case 'suspended':
      return record.kind;
  }
};

const runAfter = (next: Next, record: ChangeRecord): TaskRun => {
  const { row, counts } = next;
  const { worker, startedAt, stoppedAt = record.at } = row.run;
  switch (record.kind) {
    case 'edge':
      return { edges: withEdge(row.run.edges ?? '', record.edge, record.met) };
    case 'ready':
      return { readyAt: record.at };
    case 'leased': {
      const { session, at, ahead } = record;
      const start = ahead ? { ahead } : { startedAt: at };
      return { worker: record.worker, session, ...start, ...lasting(row.run) };
    }
    case 'stopping': {
      const { stop, reason } = record;
      // The grace counts from the first request: a second one does not prolong it.
      return { ...resumed(next, record), preempt: undefined, stop, stoppedAt, reason };
    }
    case 'preempting':
    case 'spared':
    case 'resumed':
      return { ...resumed(next, record), preempt: counts.preempt };
    case 'suspended':
      return { ...row.run, preempt: counts.preempt };
    case 'requeued':
    case 'due':
      return lasting(row.run);
    case 'retrying':
      return { dueAt: record.dueAt, ...lasting(row.run), error: record.error };
    case 'preempted':
      return { dueAt: record.dueAt, ...lasting(row.run) };
    case 'settled':
      return { worker, startedAt, settledAt: record.at, result: record.result, error: record.error };
    case 'rebanded':
    case 'kept':
      return row.run;
  }
};

/** What stays with a task from one lease to the next. */
const lasting = ({ error, readyAt }: TaskRun): TaskRun => {
  if (error === undefined && readyAt === undefined) return NO_RUN;
  return { ...(error && { error }), ...(readyAt !== undefined && { readyAt }) };
};

/** A task that was suspended runs again: the clock of its attempt goes on from here. */
const resumed = (next: Next, record: ChangeRecord): TaskRun => {
  const { state, run } = next.row;
  if (state !== 'suspended') return run;
  return { ...run, startedAt: clockOfNext(next, record).runningSince, thaws: (run.thaws ?? 0) + 1 };
};

const durableAfter = (next: Next, record: ChangeRecord): DurableState => {
  const { durable } = next.row;
  switch (record.kind) {
    case 'suspended':
      return interrupted(next, record, durable.segments);
    case 'requeued':
    case 'preempted':
      if (isUnstarted(next.row.run, record)) return durable;
      return next.counts.resuming ? interrupted(next, record, durable.segments + 1) : attemptOver(durable);
    case 'retrying':
      return attemptOver(durable);
    case 'settled':
      // No run goes on from it any more; rollback actions that failed stay as evidence.
      return durable.checkpoints.length > 0 ? { ...durable, checkpoints: [] } : durable;
    case 'kept':
      return withStep(durable, record);
    case 'edge':
    case 'ready':
    case 'rebanded':
    case 'leased':
    case 'stopping':
    case 'due':
    case 'preempting':
    case 'spared':
    case 'resumed':
      return durable;
  }
};

/** A preemption is not a failed attempt: retries, place in the queue and the time that is left stay as they are. */
const interrupted = (next: Next, record: ChangeRecord, segments: number): DurableState => {
  const { durable, run } = next.row;
  const { resuming, preemptions } = next.counts;
  const { ranMs } = clockOfNext(next, record);
  const decision = run.preempt && { decision: run.preempt.decision };
  return { ...durable, segments, resuming, preemptions, ranMs, session: run.session, ...decision };
};

/** The next run is another attempt, and has its whole time again. */
const attemptOver = (durable: DurableState): DurableState => {
  const { segments, checkpoints, rollbacks, failedRollbacks, ranMs } = durable;
  const hasLeft = segments + checkpoints.length + rollbacks.length + failedRollbacks.length + ranMs > 0;
  // Most tasks never have any, and share the object that says so.
  return hasLeft ? { ...durable, segments: segments + 1, ranMs: 0, resuming: false } : durable;
};

const withStep = (durable: DurableState, { step }: CheckpointStepRecord): DurableState => {
  const { checkpoints, rollbacks } = durable;
  if (step.kind === 'undo') return { ...durable, rollbacks: [...rollbacks, step] };
  if (step.kind === 'undone') return withoutRollback(durable, step);
  // What was done before it stands: there is nothing left to undo.
  return { ...durable, checkpoints: [step, ...checkpoints].slice(0, CHECKPOINTS_MAX), rollbacks: [] };
};

const withoutRollback = (durable: DurableState, { of, ofEpoch, error }: RollbackOutcome): DurableState => {
  const { rollbacks, failedRollbacks } = durable;
  const action = rollbacks.find((one) => one.seq === of && one.epoch === ofEpoch);
  if (action === undefined) return durable;
  const rest = rollbacks.filter((one) => one !== action);
  return {
    ...durable,
    rollbacks: rest,
    ...(error && { failedRollbacks: [...failedRollbacks, { rollback: action, error }] }),
  };
};
