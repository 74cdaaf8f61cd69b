import type {
  BulkFilter,
  CancelRequest,
  Cleared,
  CountsReply,
  CountsRequest,
  DeleteReply,
  DeleteRequest,
  ListReply,
  ListRequest,
  RetryReply,
  RetryRequest,
  RebandRequest,
  SubmitReply,
  TaskView,
} from '@precedent/contract-types';
import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { Submission } from '@precedent/tasks';

/** One task at an ingress: checked, or known to be bad. `id` is derived by the ingress when the task names none. */
export type Offer =
  | { readonly task: Submission; readonly band?: Band; readonly id?: string }
  | {
      readonly problem: Problem;
      readonly id: string;
      readonly band: Band;
      readonly excerpt: string;
      /** Of the caller; the default one when access is open. */
      readonly namespace?: string;
    };

/** A request to run a task again. */
export interface Redrive extends RetryRequest {
  /** The bulk task that does it. */
  readonly bulk?: string | undefined;
}

/** Checks a task that a client has written, as an ingress does. */
export type CheckSpec = (spec: unknown) => { readonly task: Submission } | { readonly problem: Problem };

export type Reply<T> = (answer: T) => void;
export type OrProblem<T> = T | { readonly error: Problem };

/**
 * Tasks of a cell, as clients submit, read and end them. An answer comes by callback, once, and never before all that it rests on is
 * durable. No method throws.
 */
export interface TaskApi {
  submit(offers: readonly Offer[], reply: Reply<readonly SubmitReply[]>): void;
  /** How many more tasks the stream ingress of a band may bring in now. */
  room(band: Band): number;
  get(id: string, reply: Reply<OrProblem<TaskView>>): void;
  /** Answers at the verdict, or with the task as it is after `timeoutMs`. */
  wait(id: string, timeoutMs: number, reply: Reply<OrProblem<TaskView>>): void;
  list(filter: Cleared<ListRequest>, reply: Reply<ListReply>): void;
  counts(filter: Cleared<CountsRequest>, reply: Reply<CountsReply>): void;
  cancel(request: CancelRequest, reply: Reply<OrProblem<TaskView>>): void;
  /**
   * Submits a settled task once more. `submit`: how that is done for the caller. A repeated request gets the same task. A refusal of a
   * dependant leaves that as it is.
   */
  retry(
    request: Redrive,
    reply: Reply<OrProblem<RetryReply>>,
    submit?: (offers: readonly Offer[], reply: Reply<readonly SubmitReply[]>) => void,
  ): void;
  /** Moves an open task to another band. */
  reband(request: RebandRequest, reply: Reply<OrProblem<TaskView>>): void;
  /** Deletes all that the engine has of a settled task. A repeated request gets the same answer. */
  delete(request: DeleteRequest, reply: Reply<OrProblem<DeleteReply>>): void;
}

/** What a decision about a caller and a task is made of. */
export interface ActedOn {
  readonly namespace: string;
  readonly project: string;
  readonly security?: string | undefined;
  readonly submittedBy?: string | undefined;
}

/** Tasks to act on. */
export interface TaskSelection {
  readonly filter: BulkFilter & { readonly namespace: string };
  readonly mayAct: (task: ActedOn) => boolean;
  /** Without the tasks that were run again already. */
  readonly unrepeated?: boolean | undefined;
  /** Ids in the answer, at most; all are counted. */
  readonly idsMax: number;
  /** Tasks in its sample, at most. */
  readonly sampleMax: number;
}

/** What was found at one position of the journal. */
export interface SelectedTasks {
  readonly ids: readonly string[];
  readonly count: number;
  readonly sample: readonly TaskView[];
  readonly seq: number;
  /** Every record up to this time is in the journal before `seq`, and no later one. */
  readonly at: EpochMs;
}
