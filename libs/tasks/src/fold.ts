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
  Undone,
} from './records.ts';

/** The records that change a task which is there already. */
export type ChangeRecord = Exclude<JournalRecord, { kind: 'submitted' | 'rejected' | 'epoch' | 'decided' }>;

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
      return spared(row);
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
  if (row.kept.resuming) keep(row, { resuming: false });
};

const stopping = (row: TaskRow, record: StoppingRecord): void => {
  row.state = 'stopping';
  // The grace counts from the first request: a second one does not prolong it.
  const { stoppedAt = record.at } = row.run;
  row.run = { ...row.run, preempt: undefined, stop: record.stop, stoppedAt, reason: record.reason };
};

const requeued = (row: TaskRow, record: RequeuedRecord): void => {
  if (record.why === 'lost') row.losses++;
  if (record.why === 'yielded') interrupted(row, record.at, 0);
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

const preempting = (row: TaskRow, { decision, mode, deadline }: PreemptingRecord): void => {
  row.state = 'preempting';
  row.run = { ...row.run, preempt: { decision, mode, deadline } };
};

const spared = (row: TaskRow): void => {
  row.state = 'running';
  row.run = { ...row.run, preempt: undefined };
};

/** A preemption is not a failed attempt: retries, place in the queue and the time that is left stay as they are. */
const preempted = (row: TaskRow, record: PreemptedRecord): void => {
  interrupted(row, record.at, 1);
  row.state = 'preempted';
  row.run = { dueAt: record.dueAt, ...(row.run.error && { error: row.run.error }) };
};

/** The next run is another attempt, and has its whole time again. */
const attemptOver = (row: TaskRow): void => {
  const { segments, checkpoints, undo, failedUndo } = row.kept;
  const hasLeft = segments + checkpoints.length + undo.length + failedUndo.length > 0;
  // Most tasks never kept anything, and share the object that says so.
  if (hasLeft) keep(row, { segments: segments + 1, ranMs: 0 });
};

const interrupted = (row: TaskRow, at: number, preemptions: 0 | 1): void => {
  const { kept: before, run } = row;
  keep(row, {
    resuming: true,
    segments: before.segments + 1,
    preemptions: before.preemptions + preemptions,
    ranMs: before.ranMs + Math.max(0, at - (run.startedAt ?? at)),
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
