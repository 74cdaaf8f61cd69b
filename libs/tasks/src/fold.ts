import { CHECKPOINTS_KEPT } from './kept.ts';
import { NO_RUN } from './task-row.ts';
import type { TaskRow } from './task-row.ts';
import type { Kept } from './kept.ts';
import type {
  JournalRecord,
  KeptRecord,
  LeasedRecord,
  PreemptedRecord,
  PreemptingRecord,
  RequeuedRecord,
  RetryingRecord,
  SettledRecord,
  StoppingRecord,
  SuspendedRecord,
  Undone,
} from './records.ts';

/** The records that change a task which is there already. */
export type ChangeRecord = Exclude<
  JournalRecord,
  { kind: 'submitted' | 'rejected' | 'epoch' | 'decided' | 'deleted' }
>;

/** Applies one fact to a task. Every reader of the journal uses exactly this, so all of them see the same state. */
export const applyRecord = (row: TaskRow, record: ChangeRecord): void => {
  switch (record.kind) {
    case 'leased':
      return leased(row, record);
    case 'stopping':
      return stopping(row, record);
    case 'requeued':
      return requeued(row, record);
    case 'retrying':
      return retrying(row, record);
    case 'due':
      return toQueue(row);
    case 'settled':
      return settled(row, record);
    case 'preempting':
      return preempting(row, record);
    case 'spared':
      return goesOn(row, record.at);
    case 'suspended':
      return suspended(row, record);
    case 'resumed':
      return goesOn(row, record.at);
    case 'preempted':
      return preempted(row, record);
    case 'kept':
      return kept(row, record);
  }
};

const leased = (row: TaskRow, record: LeasedRecord): void => {
  row.state = 'running';
  if (!row.kept.resuming) row.attempt++;
  row.epoch = record.epoch;
  const { error } = row.run;
  row.run = { worker: record.worker, session: record.session, startedAt: record.at, ...(error && { error }) };
};

const stopping = (row: TaskRow, record: StoppingRecord): void => {
  thawed(row, record.at);
  row.state = 'stopping';
  // The grace counts from the first request: a second one does not prolong it.
  const { stoppedAt = record.at } = row.run;
  row.run = { ...row.run, preempt: undefined, stop: record.stop, stoppedAt, reason: record.reason };
};

const requeued = (row: TaskRow, record: RequeuedRecord): void => {
  if (record.why === 'lost') row.losses++;
  // One that goes on and was given back has lost nothing: its attempt waits on, with the time that it took.
  const goesOn = record.why === 'yielded' || (record.why === 'returned' && row.kept.resuming);
  if (goesOn) interrupted(row, record.at, 0);
  else attemptOver(row);
  toQueue(row);
};

/** Of what was, a waiting task keeps the last error only. */
const toQueue = (row: TaskRow): void => {
  row.state = 'queued';
  row.run = row.run.error ? { error: row.run.error } : NO_RUN;
};

const retrying = (row: TaskRow, record: RetryingRecord): void => {
  row.state = 'retrying';
  row.retries++;
  row.run = { dueAt: record.dueAt, error: record.error };
  attemptOver(row);
};

const settled = (row: TaskRow, record: SettledRecord): void => {
  row.state = record.state;
  const { worker, startedAt } = row.run;
  row.run = { worker, startedAt, settledAt: record.at, result: record.result, error: record.error };
  // Nobody goes on from it any more; what could not be undone stays as evidence.
  if (row.kept.checkpoints.length > 0) keep(row, { checkpoints: [] });
};

const preempting = (row: TaskRow, record: PreemptingRecord): void => {
  const { at, decision, mode, deadline, frozen } = record;
  thawed(row, at);
  row.state = 'preempting';
  row.run = { ...row.run, preempt: { decision, mode, deadline, ...(frozen && { frozen }) } };
};

const goesOn = (row: TaskRow, at: number): void => {
  thawed(row, at);
  row.state = 'running';
  row.run = { ...row.run, preempt: undefined };
};

/** It spends a preemption as one that left does; the lease, the attempt and what the code has in memory stay. */
const suspended = (row: TaskRow, { at, until }: SuspendedRecord): void => {
  const { run, kept: before } = row;
  const { preempt } = run;
  if (preempt === undefined) return;
  keep(row, {
    preemptions: before.preemptions + (preempt.frozen ? 0 : 1),
    ranMs: before.ranMs + ranMsOf(row, at),
    session: run.session,
    decision: preempt.decision,
  });
  row.state = 'suspended';
  row.run = { ...run, preempt: { ...preempt, deadline: until, frozen: true } };
};

/** What was frozen begins to run again: the clock of its attempt goes on from here. */
const thawed = (row: TaskRow, at: number): void => {
  if (row.state === 'suspended') row.run = { ...row.run, startedAt: at, thaws: (row.run.thaws ?? 0) + 1 };
};

/** Milliseconds since it last began to run; what is frozen does not run. */
const ranMsOf = ({ state, run: { startedAt } }: TaskRow, at: number): number =>
  state === 'suspended' ? 0 : Math.max(0, at - (startedAt ?? at));

/** A preemption is not a failed attempt: retries, place in the queue and the time that is left stay as they are. */
const preempted = (row: TaskRow, record: PreemptedRecord): void => {
  interrupted(row, record.at, 1);
  row.state = 'preempted';
  row.run = { dueAt: record.dueAt, ...(row.run.error && { error: row.run.error }) };
};

/** The next run is another attempt, and has its whole time again. */
const attemptOver = (row: TaskRow): void => {
  const { segments, checkpoints, undo, failedUndo, ranMs } = row.kept;
  const hasLeft = segments + checkpoints.length + undo.length + failedUndo.length + ranMs > 0;
  // Most tasks never kept anything, and share the object that says so.
  if (hasLeft) keep(row, { segments: segments + 1, ranMs: 0, resuming: false });
};

const interrupted = (row: TaskRow, at: number, preemptions: 0 | 1): void => {
  const { kept: before, run } = row;
  keep(row, {
    resuming: true,
    segments: before.segments + 1,
    preemptions: before.preemptions + (run.preempt?.frozen ? 0 : preemptions),
    ranMs: before.ranMs + ranMsOf(row, at),
    session: run.session,
    ...(run.preempt && { decision: run.preempt.decision }),
  });
};

const kept = (row: TaskRow, { step }: KeptRecord): void => {
  const { checkpoints, undo } = row.kept;
  if (step.kind === 'undo') return keep(row, { undo: [...undo, step] });
  if (step.kind === 'undone') return undone(row, step);
  // What was done before it stands: there is nothing left to undo.
  keep(row, { checkpoints: [step, ...checkpoints].slice(0, CHECKPOINTS_KEPT), undo: [] });
};

const undone = (row: TaskRow, { of, ofEpoch, error }: Undone): void => {
  const { undo, failedUndo } = row.kept;
  const action = undo.find((one) => one.seq === of && one.epoch === ofEpoch);
  if (action === undefined) return;
  keep(row, {
    undo: undo.filter((one) => one !== action),
    ...(error && { failedUndo: [...failedUndo, { undo: action, error }] }),
  });
};

const keep = (row: TaskRow, change: Partial<Kept>): void => {
  row.kept = { ...row.kept, ...change };
};
