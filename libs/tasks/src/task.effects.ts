import type { EpochMs, Problem } from '@precedent/kernel';
import { retryDelay } from './retry.ts';
import type { ChangeRecord } from './fold.ts';
import type { TaskContext, TaskEventOf } from './task.machine.ts';
import { isSettled } from './task-state.ts';
import type { StopCause, TaskStateName, VerdictName } from './task-state.ts';

/** Names of the live feed's events that a transition can cause. */
export type Announcement =
  | 'started'
  | 'stopping'
  | 'requeued'
  | 'retrying'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'timed_out';

/** The complete list of what a transition asks of the engine, in the order in which it is to be done. */
export type TaskEffect =
  | { readonly kind: 'journal'; readonly record: ChangeRecord }
  /** Hand the lease that was just made to its worker. */
  | { readonly kind: 'assign' }
  /** Ask the worker to end the lease's code. */
  | { readonly kind: 'stop'; readonly cause: StopCause }
  | { readonly kind: 'enqueue' }
  | { readonly kind: 'announce'; readonly event: Announcement }
  | { readonly kind: 'settle' };

export interface TaskMoment {
  readonly state: TaskStateName;
  readonly context: TaskContext;
}

/** What follows from a transition. Empty when nothing changed: the event did not apply, or spoke for an old epoch. */
export const taskEffects = (
  id: string,
  before: TaskMoment,
  event: TaskEventOf,
  after: TaskMoment,
): TaskEffect[] => {
  if (before.state === after.state && before.context === after.context) return [];
  if (isSettled(after.state)) return settle(id, event, after.state, before.context);
  switch (after.state) {
    case 'running':
      return lease(id, event);
    case 'stopping':
      return stop(id, event, after.context.stop ?? 'cancel');
    case 'retrying':
      return retry(id, event, before.context, after.context);
    case 'queued':
      return requeue(id, event);
    default:
      return [];
  }
};

const lease = (id: string, event: TaskEventOf): TaskEffect[] => {
  if (event.type !== 'LEASED') return [];
  const { at, worker, session, epoch } = event;
  return [
    { kind: 'journal', record: { kind: 'leased', id, at, worker, session, epoch } },
    { kind: 'assign' },
    { kind: 'announce', event: 'started' },
  ];
};

const stop = (id: string, event: TaskEventOf, cause: StopCause): TaskEffect[] => [
  {
    kind: 'journal',
    record: {
      kind: 'stopping',
      id,
      at: event.at,
      stop: cause,
      ...(event.type === 'CANCEL_REQUESTED' && { reason: event.reason }),
    },
  },
  { kind: 'stop', cause },
  { kind: 'announce', event: 'stopping' },
];

const retry = (id: string, event: TaskEventOf, before: TaskContext, after: TaskContext): TaskEffect[] => {
  const jitter = 'jitter' in event ? event.jitter : 0;
  const dueAt = event.at + retryDelay(after.retry, after.retries, jitter);
  const error = errorAfter(event, before.stop);
  return [
    { kind: 'journal', record: { kind: 'retrying', id, at: event.at, dueAt, error } },
    { kind: 'announce', event: 'retrying' },
  ];
};

const requeue = (id: string, event: TaskEventOf): TaskEffect[] => {
  if (event.type === 'BACKOFF_ELAPSED')
    return [{ kind: 'journal', record: { kind: 'due', id, at: event.at } }, { kind: 'enqueue' }];
  if (event.type === 'ADMITTED') return [{ kind: 'enqueue' }];
  const why = event.type === 'LOST' ? 'lost' : 'returned';
  return [
    { kind: 'journal', record: { kind: 'requeued', id, at: event.at, why } },
    { kind: 'enqueue' },
    { kind: 'announce', event: 'requeued' },
  ];
};

const settle = (id: string, event: TaskEventOf, state: VerdictName, before: TaskContext): TaskEffect[] => {
  if (state === 'rejected') return [];
  const outcome =
    state === 'completed'
      ? { result: event.type === 'COMPLETED' ? event.result : undefined }
      : { error: verdictError(state, event, before) };
  return [
    { kind: 'journal', record: { kind: 'settled', id, at: event.at, state, ...outcome } },
    { kind: 'announce', event: state },
    { kind: 'settle' },
  ];
};

/** A waiting task is cancelled by the request itself, a running one by its end, when the request is long past. */
const verdictError = (state: VerdictName, event: TaskEventOf, before: TaskContext): Problem => {
  if (state !== 'cancelled') return errorAfter(event, before.stop);
  const reason = event.type === 'CANCEL_REQUESTED' ? event.reason : before.reason;
  return { code: 'CANCELLED', message: reason ? `cancelled: ${reason}` : 'cancelled' };
};

const STOP_ERRORS: Record<Exclude<StopCause, 'cancel'>, Problem> = {
  timeout: { code: 'ATTEMPT_TIMEOUT', message: 'the attempt ran longer than timeouts.attempt' },
  heartbeat: {
    code: 'HEARTBEAT_TIMEOUT',
    message: 'the handler gave no sign of life within timeouts.heartbeat',
  },
  total: { code: 'TOTAL_TIMEOUT', message: 'the task reached timeouts.total' },
};

/** Why the attempt ended: what it was stopped for outranks what the worker says of the end. */
const errorAfter = (event: TaskEventOf, stopCause: StopCause | undefined): Problem => {
  if (stopCause !== undefined && stopCause !== 'cancel') return withDetails(STOP_ERRORS[stopCause], event);
  if (event.type === 'TOTAL_EXPIRED') return STOP_ERRORS.total;
  if ('error' in event) return event.error;
  return { code: 'INTERNAL', message: `ended by ${event.type}` };
};

/** Keeps what the worker reported of the end (exit code, tail of the output) under the cause. */
const withDetails = (problem: Problem, event: TaskEventOf): Problem =>
  'error' in event && event.error.details ? { ...problem, details: event.error.details } : problem;

/** The next moment at which time alone changes the task, and what happens then. */
export interface Deadline {
  readonly at: EpochMs;
  readonly what: 'queue' | 'expires' | 'attempt' | 'total' | 'due' | 'grace';
}
