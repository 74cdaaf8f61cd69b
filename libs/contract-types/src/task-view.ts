import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { RedriveOf } from './redrive.ts';

/** The states that a user sees (requirement D1), as far as this version reaches them. */
export const TASK_STATES = [
  'waiting',
  'queued',
  'running',
  'preempted',
  'retrying',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'skipped',
  'rejected',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const VERDICTS = ['completed', 'failed', 'cancelled', 'timed_out', 'skipped', 'rejected'] as const;
export type Verdict = (typeof VERDICTS)[number];
export const isVerdict = (state: string): state is Verdict => (VERDICTS as readonly string[]).includes(state);

export const TASK_EVENTS = [
  'waiting',
  'queued',
  'started',
  'progress',
  'retrying',
  'requeued',
  'rebanded',
  'stopping',
  'overdue',
  'blocking',
  'preempting',
  'preempted',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'skipped',
  'rejected',
  'deleted',
] as const;
export type TaskEventName = (typeof TASK_EVENTS)[number];

/** Events that are no records of the journal. */
export const PASSING_EVENTS = ['progress', 'blocking', 'overdue'] as const satisfies readonly TaskEventName[];

/** Why a queued task does not run: what it waits for. */
export type WaitReason =
  | 'dependencies'
  | 'no_worker'
  | 'no_free_slot'
  | 'limit'
  | 'machine_load'
  | 'backoff'
  | 'preempted'
  /** It waits at a worker for the next slot that becomes free there. */
  | 'assigned';

/** A task as every interface shows it. Times are epoch milliseconds. */
export interface TaskView {
  /** What the history knew: the engine is away, or has forgotten the task. */
  readonly source?: 'history';
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly name?: string;
  /** What it runs, as one line, cut; the history has the whole command. */
  readonly commandLine?: string;
  readonly type: string;
  readonly band: Band;
  /** The band that it was submitted with, where it was changed since. */
  readonly submittedBand?: Band;
  readonly pool: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Its security label: callers and workers need a clearance for it. */
  readonly security?: string;
  /** The name of the principal that submitted it; absent when access is open. */
  readonly submittedBy?: string;
  /** The key with which that principal signed it. */
  readonly signedBy?: string;
  /** Names the state that the task is in; another one after every change but progress. Absent where the history answered. */
  readonly revision?: string;
  readonly state: TaskState;
  /** Set while the running code is being stopped. */
  readonly stopping?: 'cancel' | 'timeout' | 'total' | 'heartbeat' | 'preempt';
  readonly waiting?: { readonly reason: WaitReason; readonly detail: string };
  /** Attempts started so far. */
  readonly attempt: number;
  /** Retries used up. */
  readonly retries: number;
  readonly submittedAt: EpochMs;
  /** SHA-256 of what was submitted, in base64url; absent for a task of an older version. */
  readonly specDigest?: string;
  readonly startedAt?: EpochMs;
  readonly dueAt?: EpochMs;
  readonly settledAt?: EpochMs;
  readonly worker?: string;
  readonly progress?: { readonly fraction: number; readonly message?: string };
  /** Times that the task gave up its slot to a more urgent one. */
  readonly preemptions?: number;
  /** Where it goes on from. */
  readonly checkpoint?: {
    readonly epoch: number;
    readonly seq: number;
    readonly at: EpochMs;
    readonly bytes: number;
  };
  /** Rollback actions that failed: a person has to act. */
  readonly rollbackFailed?: readonly { readonly name: string; readonly error: Problem }[];
  readonly result?: unknown;
  readonly error?: Problem;
  /** The task that it repeats, and how often that one was repeated with it. */
  readonly redriveOf?: Pick<RedriveOf, 'bulk' | 'task' | 'times'>;
  /** The task that repeats it. */
  readonly redrivenAs?: string;
}

/** What `list` looks for: tasks that meet every condition; values of one list are alternatives. */
export interface ListRequest {
  readonly state?: readonly TaskState[] | undefined;
  readonly band?: readonly Band[] | undefined;
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
  /** Any of these. */
  readonly projects?: readonly string[] | undefined;
  readonly type?: string | undefined;
  /** All of them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Of the submission: from inclusive, to exclusive. */
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  /** How the id begins. */
  readonly idPrefix?: string | undefined;
  /** Of an earlier page with the same conditions. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Running tasks first, then recent verdicts, then those that wait, in run order. */
export interface ListReply {
  /** What the history knew, the latest first: the engine is away. */
  readonly source?: 'history';
  readonly tasks: readonly TaskView[];
  /** There are more than the limit. */
  readonly truncated: boolean;
  /** For the next page, which the history answers. */
  readonly cursor?: string;
  /** Tasks that were deleted a moment ago: a history may still have them. */
  readonly deleted?: readonly string[];
}

export interface CountsRequest {
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
  /** Any of these. */
  readonly projects?: readonly string[] | undefined;
}

/** Tasks of a band: open ones as they are now, and verdicts since the engine took over its cell. */
export interface BandCounts extends Readonly<Record<Verdict, number>> {
  /** They wait for other tasks. */
  readonly waiting: number;
  readonly queued: number;
  readonly running: number;
  /** They wait for a time, or for the slot that they gave up. */
  readonly retrying: number;
}

export interface CountsReply {
  readonly bands: Readonly<Record<Band, BandCounts>>;
}

/** What names the state of a task that a client saw. */
interface Expectation {
  /** The `revision` of the task: it is not changed when it has another one by then. */
  readonly expect?: string | undefined;
}

export interface CancelRequest extends Expectation {
  readonly id: string;
  readonly reason?: string | undefined;
}

/** Moves an open task to another band. */
export interface RebandRequest extends Expectation {
  readonly id: string;
  readonly band: Band;
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

export interface DeleteRequest extends Expectation {
  readonly id: string;
  /** Of the task: that of another namespace is not found. */
  readonly namespace: string;
  /** The engine has forgotten the task: the history decides whether it is of this namespace. */
  readonly forgotten?: true | undefined;
}

export interface DeleteReply {
  readonly id: string;
  readonly deleted: true;
}

/** The answer to one submitted task: where it is, or why it was refused. */
export type SubmitReply =
  | {
      readonly id: string;
      /** Journal sequence of the entry that made it durable. */
      readonly seq: number;
      /** The same task had been accepted before; nothing new was made. */
      readonly duplicate?: true | undefined;
    }
  | ErrorReply;

export interface ErrorReply {
  readonly error: Problem;
}

/** The answer to a request to run a task again. */
export interface RetryReply {
  /** The task that repeats it. */
  readonly task: TaskView;
  /** The ids of the tasks that repeat those which were skipped because of it. */
  readonly reopened: readonly string[];
}
