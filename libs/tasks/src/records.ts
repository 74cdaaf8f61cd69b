import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { TaskClass } from './task-class.ts';
import type { StopCause, VerdictName } from './task-state.ts';

/** The version of the journal's format that this code writes; it reads this one and older ones. */
export const JOURNAL_VERSION = 1;

interface OfTask {
  readonly id: string;
  readonly at: EpochMs;
}

/** A fact about one task, or about who writes. Facts are never edited, only followed by others. */
export type JournalRecord =
  | SubmittedRecord
  | RejectedRecord
  | LeasedRecord
  | StoppingRecord
  | RequeuedRecord
  | RetryingRecord
  | DueRecord
  | SettledRecord
  | EpochRecord;

export interface SubmittedRecord extends OfTask {
  readonly kind: 'submitted';
  readonly class: TaskClass;
  /** JSON text of a `TaskBody`. */
  readonly body: string;
  readonly key?: string | undefined;
  readonly expiresAt?: EpochMs | undefined;
}
/** A dropped task that no rule could accept. */
export interface RejectedRecord extends OfTask {
  readonly kind: 'rejected';
  readonly band: Band;
  readonly error: Problem;
  /** The first characters of what came. */
  readonly excerpt: string;
}
export interface LeasedRecord extends OfTask {
  readonly kind: 'leased';
  readonly worker: string;
  readonly session: string;
  readonly epoch: number;
}
export interface StoppingRecord extends OfTask {
  readonly kind: 'stopping';
  readonly stop: StopCause;
  readonly reason?: string | undefined;
}
export interface RequeuedRecord extends OfTask {
  readonly kind: 'requeued';
  readonly why: 'returned' | 'lost';
}
export interface RetryingRecord extends OfTask {
  readonly kind: 'retrying';
  readonly dueAt: EpochMs;
  readonly error: Problem;
}
export interface DueRecord extends OfTask {
  readonly kind: 'due';
}
export interface SettledRecord extends OfTask {
  readonly kind: 'settled';
  readonly state: Exclude<VerdictName, 'rejected'>;
  readonly result?: unknown;
  readonly error?: Problem | undefined;
}
/** Written first by every new owner: from here on the appends of the one before fail. */
export interface EpochRecord {
  readonly kind: 'epoch';
  readonly at: EpochMs;
  readonly epoch: number;
  readonly owner: string;
}

/** One journal entry: the records of one flush. */
export interface Envelope {
  readonly v: number;
  readonly epoch: number;
  readonly at: EpochMs;
  readonly records: readonly JournalRecord[];
}
