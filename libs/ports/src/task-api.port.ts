import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { Submission, VerdictName } from '@precedent/tasks';

/** One task at a door: checked, or known to be bad. `id` is derived by the door when the task names none. */
export type Offer =
  | { readonly task: Submission; readonly band?: Band; readonly id?: string }
  | { readonly problem: Problem; readonly id: string; readonly band: Band; readonly excerpt: string };

export type SubmitAnswer =
  | { readonly id: string; readonly seq: number; readonly duplicate?: true }
  | { readonly error: Problem };

export type PublicState = 'queued' | 'running' | 'preempted' | 'retrying' | VerdictName;

/** A task as it is shown. Times are epoch milliseconds. */
export interface TaskSnapshot {
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly name?: string;
  /** What it runs, as one line, cut. */
  readonly commandLine?: string;
  readonly type: string;
  readonly band: Band;
  readonly pool: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly state: PublicState;
  readonly stopping?: 'cancel' | 'timeout' | 'total' | 'heartbeat' | 'preempt';
  readonly waiting?: {
    readonly reason: 'no_worker' | 'no_free_slot' | 'machine_load' | 'backoff' | 'preempted';
    readonly detail: string;
  };
  readonly attempt: number;
  readonly retries: number;
  readonly submittedAt: EpochMs;
  readonly startedAt?: EpochMs;
  readonly dueAt?: EpochMs;
  readonly settledAt?: EpochMs;
  readonly worker?: string;
  readonly progress?: { readonly fraction: number; readonly message?: string };
  /** Times that it gave up its place to a more urgent task. */
  readonly preemptions?: number;
  /** Where it goes on from. */
  readonly checkpoint?: {
    readonly epoch: number;
    readonly seq: number;
    readonly at: EpochMs;
    readonly bytes: number;
  };
  /** Rollback actions that failed: somebody has to look. */
  readonly rollbackFailed?: readonly { readonly name: string; readonly error: Problem }[];
  readonly result?: unknown;
  readonly error?: Problem;
}

export interface TaskFilter {
  readonly state?: readonly PublicState[] | undefined;
  readonly band?: readonly Band[] | undefined;
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
  readonly type?: string | undefined;
  /** All of them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Submitted from here on, and before. */
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  readonly idPrefix?: string | undefined;
  readonly limit?: number | undefined;
}

/** What the engine has at hand, and what was deleted a moment ago: a history may still have that. */
export interface TaskList {
  readonly tasks: readonly TaskSnapshot[];
  readonly truncated: boolean;
  readonly deleted?: readonly string[];
}

export interface DeleteRequest {
  readonly id: string;
  readonly namespace: string;
  /** The history has said that the task is of this namespace; the engine itself need not know it. */
  readonly forgotten?: true | undefined;
}

export interface DeleteAnswer {
  readonly id: string;
  readonly deleted: true;
}

export type Reply<T> = (answer: T) => void;
export type OrProblem<T> = T | { readonly error: Problem };

/**
 * Tasks of a cell, as clients submit, read and end them. An answer comes by callback, once, and never before all that it rests on is
 * durable. No method throws.
 */
export interface TaskApi {
  submit(offers: readonly Offer[], reply: Reply<readonly SubmitAnswer[]>): void;
  /** How many more tasks the stream ingress of a band may bring in now. */
  room(band: Band): number;
  get(id: string, reply: Reply<OrProblem<TaskSnapshot>>): void;
  /** Answers at the verdict, or with the task as it is after `timeoutMs`. */
  wait(id: string, timeoutMs: number, reply: Reply<OrProblem<TaskSnapshot>>): void;
  list(filter: TaskFilter, reply: Reply<TaskList>): void;
  cancel(id: string, reason: string, reply: Reply<OrProblem<TaskSnapshot>>): void;
  /** Deletes all that the engine has of a settled task. A repeated request gets the same answer. */
  delete(request: DeleteRequest, reply: Reply<OrProblem<DeleteAnswer>>): void;
}
