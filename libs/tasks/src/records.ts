import type { DefinitionKind, LimitBooking, Verdict } from '@precedent/contract-types';
import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { RunFact, StepLink } from '@precedent/orchestration';
import type { TaskClass } from './task-class.ts';
import type { Checkpoint, RegisteredRollback } from './durable-state.ts';
import type { PreemptMode, StopCause, VictimEnd } from './task-state.ts';

/** The version of the journal's format that this code writes; it reads this one and older ones. */
export const JOURNAL_VERSION = 5;

interface OfTask {
  readonly id: string;
  readonly at: EpochMs;
}
/** A fact about a task that was submitted before. */
interface OfLease extends OfTask {
  /** Milliseconds that the code of a lease assigned ahead has run. Only in the first record after its start, which no record of its own tells. */
  readonly ranMs?: number | undefined;
}

/** A fact about one task, or about the engine that writes. Facts are never edited, only followed by others. */
export type JournalRecord =
  | SubmittedRecord
  | RejectedRecord
  | EdgeRecord
  | ReadyRecord
  | RebandedRecord
  | LeasedRecord
  | StoppingRecord
  | RequeuedRecord
  | RetryingRecord
  | DueRecord
  | SettledRecord
  | PreemptingRecord
  | WithdrawnRecord
  | PreemptedRecord
  | SuspendedRecord
  | ResumedRecord
  | CheckpointStepRecord
  | DecidedRecord
  | DeletedRecord
  | DefinitionRecord
  | RunRecord
  | EpochRecord;

/** The records that change a task which is there already. */
export type ChangeRecord = Exclude<
  JournalRecord,
  { kind: 'submitted' | 'rejected' | 'epoch' | 'decided' | 'deleted' | 'definition' | 'run' }
>;

export interface SubmittedRecord extends OfTask {
  readonly kind: 'submitted';
  readonly class: TaskClass;
  /** JSON text of a `JobBody`. */
  readonly body: string;
  readonly key?: string | undefined;
  readonly expiresAt?: EpochMs | undefined;
  /** `specDigestOf` its class and body; absent in records of older versions. */
  readonly digest?: string | undefined;
  /** Of `by.signer` of its class over `signedText`; absent where the submitter did not sign. */
  readonly signature?: string | undefined;
  /** How many tasks it waits for; absent: none. Since version 4. */
  readonly edges?: number | undefined;
  /** The step of a run that it is; since version 5. */
  readonly step?: StepLink | undefined;
}
/** A task from the stream that was refused. */
export interface RejectedRecord extends OfTask {
  readonly kind: 'rejected';
  readonly band: Band;
  readonly error: Problem;
  /** The first characters of what came. */
  readonly excerpt: string;
  /** Of the caller who sent it; absent when access is open. */
  readonly namespace?: string | undefined;
}
/** One dependency of a waiting task is decided; since version 4. */
export interface EdgeRecord extends OfLease {
  readonly kind: 'edge';
  /** The index of the dependency. */
  readonly edge: number;
  readonly met: boolean;
  /** What its condition read, as JSON by path; absent where it has none. */
  readonly read?: Readonly<Record<string, string>> | undefined;
}
/** The dependencies of a task are met: it may run; since version 4. */
export interface ReadyRecord extends OfLease {
  readonly kind: 'ready';
}
/** The task has another band: its place in the queue, its right to preempt and its protection are those of that band; since version 5. */
export interface RebandedRecord extends OfLease {
  readonly kind: 'rebanded';
  readonly band: Band;
  readonly reason?: string | undefined;
}
export interface LeasedRecord extends OfLease {
  readonly kind: 'leased';
  readonly worker: string;
  readonly session: string;
  readonly epoch: number;
  /** Assigned ahead: it waits at the worker, unstarted, for the next slot that becomes free. */
  readonly ahead?: true | undefined;
  /** Its start, as booked by the rates that it is under; absent: it costs none. Since version 5. */
  readonly booked?: readonly LimitBooking[] | undefined;
}
export interface StoppingRecord extends OfLease {
  readonly kind: 'stopping';
  readonly stop: StopCause;
  readonly reason?: string | undefined;
}
export interface RequeuedRecord extends OfLease {
  readonly kind: 'requeued';
  readonly why: 'returned' | 'lost' | 'yielded';
}
export interface RetryingRecord extends OfLease {
  readonly kind: 'retrying';
  readonly dueAt: EpochMs;
  readonly error: Problem;
  /** It was a victim, and failed by itself within its grace. */
  readonly end?: VictimEnd | undefined;
}
export interface DueRecord extends OfLease {
  readonly kind: 'due';
}
export interface SettledRecord extends OfLease {
  readonly kind: 'settled';
  readonly state: Exclude<Verdict, 'rejected'>;
  readonly result?: unknown;
  /** What the conditions on its result read, which hold, as JSON by path. Of a failure its error says it. Since version 5. */
  readonly read?: Readonly<Record<string, string>> | undefined;
  readonly error?: Problem | undefined;
  /** It was a victim, and came to its own end within its grace. */
  readonly end?: VictimEnd | undefined;
}
/** A victim has the order to give up its slot; again for a stricter order when the deadline of the first has passed. */
export interface PreemptingRecord extends OfLease {
  readonly kind: 'preempting';
  readonly decision: string;
  readonly mode: PreemptMode;
  readonly deadline: EpochMs;
  /** The same decision suspended the task before. */
  readonly frozen?: true | undefined;
}
/** The order to a victim is withdrawn: it did not yield in time, and keeps its slot. The journal has an older word for it. */
export interface WithdrawnRecord extends OfLease {
  readonly kind: 'spared';
}
export interface PreemptedRecord extends OfLease {
  readonly kind: 'preempted';
  readonly end: VictimEnd;
  /** Not to be started before. */
  readonly dueAt: EpochMs;
}
/** A victim is suspended: its processes are frozen. Its lease goes on, and holds memory and GPUs; since version 2. */
export interface SuspendedRecord extends OfLease {
  readonly kind: 'suspended';
  /** The task is ended when it is still suspended then. */
  readonly until: EpochMs;
}
/** A suspended task goes on under the same lease; since version 2. */
export interface ResumedRecord extends OfLease {
  readonly kind: 'resumed';
}
/** A checkpoint step: a saved state, a rollback action, or its outcome. Its kind in the journal is `kept`, an older word. */
export interface CheckpointStepRecord extends OfLease {
  readonly kind: 'kept';
  readonly step: Checkpoint | RegisteredRollback | RollbackOutcome;
}
/** A rollback action was carried out, or failed for good. */
export interface RollbackOutcome {
  readonly kind: 'undone';
  readonly epoch: number;
  /** The `seq` of the action, and the lease that it is of. */
  readonly of: number;
  readonly ofEpoch: number;
  readonly error?: Problem | undefined;
}
/** A decision about a waiting task, with all that is needed to make it again. `id` is the task's. */
export interface DecidedRecord extends OfTask {
  readonly kind: 'decided';
  readonly decision: string;
  readonly record: unknown;
}
/**
 * Everything that is known of a settled task is to go; since version 3. The engine may have forgotten the task, so each reader
 * deletes it only where the namespace is the task's.
 */
export interface DeletedRecord extends OfTask {
  readonly kind: 'deleted';
  readonly namespace: string;
}
/**
 * A definition has another spec or status, or is gone; since version 5. What it says replaces what was there, so that it may be applied
 * again.
 */
export interface DefinitionRecord {
  readonly kind: 'definition';
  readonly at: EpochMs;
  readonly of: DefinitionKind;
  readonly namespace: string;
  readonly name: string;
  /** With a spec. */
  readonly revision?: number | undefined;
  readonly spec?: object | undefined;
  /** Who gave the spec; absent where access is open. */
  readonly by?: string | undefined;
  readonly status?: object | undefined;
  readonly gone?: true | undefined;
}
/** What happened to a run of a workflow, apart from the tasks of its steps; since version 5. `id` is the task of the run. */
export interface RunRecord extends OfTask {
  readonly kind: 'run';
  readonly fact: RunFact;
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
  /** The link of the entry before, empty in the first one; absent where an older version wrote it. */
  readonly prev?: string | undefined;
  readonly records: readonly JournalRecord[];
}
