import { NO_RUN } from './task-row.ts';
import type { TaskRow } from './task-row.ts';
import type {
  JournalRecord,
  LeasedRecord,
  RequeuedRecord,
  RetryingRecord,
  SettledRecord,
  StoppingRecord,
} from './records.ts';

/** The records that change a task which is there already. */
export type ChangeRecord = Exclude<JournalRecord, { kind: 'submitted' | 'rejected' | 'epoch' }>;

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
  }
};

const leased = (row: TaskRow, record: LeasedRecord): void => {
  row.state = 'running';
  row.attempt++;
  row.epoch = record.epoch;
  const { error } = row.run;
  row.run = { worker: record.worker, session: record.session, startedAt: record.at, ...(error && { error }) };
};

const stopping = (row: TaskRow, record: StoppingRecord): void => {
  row.state = 'stopping';
  // The grace counts from the first request: a second one does not prolong it.
  const { stoppedAt = record.at } = row.run;
  row.run = { ...row.run, stop: record.stop, stoppedAt, reason: record.reason };
};

const requeued = (row: TaskRow, record: RequeuedRecord): void => {
  if (record.why === 'lost') row.losses++;
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
};

const settled = (row: TaskRow, record: SettledRecord): void => {
  row.state = record.state;
  const { worker, startedAt } = row.run;
  row.run = { worker, startedAt, settledAt: record.at, result: record.result, error: record.error };
};
