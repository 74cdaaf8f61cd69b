import { backoffMs } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import { retryDelay } from './retry.ts';
import type { Preempting } from './attempts.ts';
import type { ChangeRecord } from './records.ts';
import type { TaskContext, TaskEventOf } from './task.machine.ts';
import { isSettled } from './task-state.ts';
import type { StopCause, TaskStateName, VerdictName, VictimEnd } from './task-state.ts';

/** Names of the live feed's events that a transition can cause. */
export type Announcement =
  | 'started'
  | 'stopping'
  | 'preempting'
  | 'preempted'
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
  /** Ask the worker of a victim to give up its place, in the way and by the deadline that the task now has. */
  | { readonly kind: 'preempt' }
  /** Tell the worker that a victim, frozen by this decision or about to be, goes on. */
  | { readonly kind: 'thaw'; readonly decision: string }
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
  if (isSettled(after.state)) return settle(id, event, after.state, before);
  switch (after.state) {
    case 'running':
      return before.context.preempt ? goOn(id, event, before.context.preempt) : lease(id, event);
    case 'stopping':
      return stop(id, event, after.context.stop ?? 'cancel');
    case 'retrying':
      return retry(id, event, before, after.context);
    case 'preempting':
      return preempt(id, event, after.context);
    case 'suspended':
      return freeze(id, event);
    case 'preempted':
      return leave(id, event, after.context);
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

const preempt = (id: string, event: TaskEventOf, { preempt: order }: TaskContext): TaskEffect[] => {
  if (order === undefined) return [];
  const asked: TaskEffect[] = [
    { kind: 'journal', record: { kind: 'preempting', id, at: event.at, ...order } },
    { kind: 'preempt' },
  ];
  return event.type === 'PREEMPTED' ? [...asked, { kind: 'announce', event: 'preempting' }] : asked;
};

/** A victim keeps its place, or has it back. One that was told to freeze may have done so, unheard. */
const goOn = (id: string, { type, at }: TaskEventOf, { decision, mode }: Preempting): TaskEffect[] => {
  const thaw: TaskEffect[] = mode === 'suspend' ? [{ kind: 'thaw', decision }] : [];
  if (type === 'SPARED') return [{ kind: 'journal', record: { kind: 'spared', id, at } }, ...thaw];
  return [
    { kind: 'journal', record: { kind: 'resumed', id, at } },
    ...thaw,
    { kind: 'announce', event: 'started' },
  ];
};

const freeze = (id: string, event: TaskEventOf): TaskEffect[] => {
  if (event.type !== 'SUSPENDED') return [];
  const { at, until } = event;
  return [
    { kind: 'journal', record: { kind: 'suspended', id, at, until } },
    { kind: 'announce', event: 'preempted' },
  ];
};

/** The pause doubles with each preemption, so that a task that is always in the way is so less often. */
const leave = (id: string, event: TaskEventOf, { preemptions }: TaskContext): TaskEffect[] => {
  const dueAt = event.at + backoffMs(preemptions - 1, PAUSE_MS, PAUSE_MAX_MS);
  return [
    { kind: 'journal', record: { kind: 'preempted', id, at: event.at, end: endOf(event), dueAt } },
    { kind: 'announce', event: 'preempted' },
  ];
};

/** Before a victim may run again. */
export const PAUSE_MS = 1_000;
export const PAUSE_MAX_MS = 30_000;

const endOf = (event: TaskEventOf): VictimEnd => {
  if (event.type === 'YIELDED') return 'yielded';
  if (event.type === 'LOST' || event.type === 'GRACE_EXPIRED') return 'lost_worker';
  return 'error' in event && event.error.details?.['signal'] === 'SIGKILL' ? 'killed' : 'aborted';
};

/** A victim that came to its own end within its grace: that it was one is kept, its end stands. */
const ownEnd = (before: TaskMoment, end: VictimEnd): { end?: VictimEnd } =>
  before.state === 'preempting' ? { end } : {};

const retry = (id: string, event: TaskEventOf, before: TaskMoment, after: TaskContext): TaskEffect[] => {
  const jitter = 'jitter' in event ? event.jitter : 0;
  const dueAt = event.at + retryDelay(after.retry, after.retries, jitter);
  const error = errorAfter(event, before.context.stop);
  const end = ownEnd(before, 'failed_in_grace');
  return [
    { kind: 'journal', record: { kind: 'retrying', id, at: event.at, dueAt, error, ...end } },
    { kind: 'announce', event: 'retrying' },
  ];
};

const requeue = (id: string, event: TaskEventOf): TaskEffect[] => {
  if (event.type === 'BACKOFF_ELAPSED')
    return [{ kind: 'journal', record: { kind: 'due', id, at: event.at } }, { kind: 'enqueue' }];
  if (event.type === 'ADMITTED') return [{ kind: 'enqueue' }];
  const why = event.type === 'LOST' ? 'lost' : event.type === 'YIELDED' ? 'yielded' : 'returned';
  return [
    { kind: 'journal', record: { kind: 'requeued', id, at: event.at, why } },
    { kind: 'enqueue' },
    { kind: 'announce', event: 'requeued' },
  ];
};

const settle = (id: string, event: TaskEventOf, state: VerdictName, before: TaskMoment): TaskEffect[] => {
  if (state === 'rejected') return [];
  const outcome =
    state === 'completed'
      ? { result: event.type === 'COMPLETED' ? event.result : undefined }
      : { error: verdictError(state, event, before.context) };
  const end = state === 'completed' ? 'finished_in_grace' : 'failed_in_grace';
  const asVictim = event.type === 'COMPLETED' || event.type === 'FAILED' ? ownEnd(before, end) : {};
  return [
    { kind: 'journal', record: { kind: 'settled', id, at: event.at, state, ...outcome, ...asVictim } },
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
export type Deadline = TimeLimit | { readonly at: EpochMs; readonly what: 'preempt' };

export interface TimeLimit {
  readonly at: EpochMs;
  readonly what: 'queue' | 'expires' | 'attempt' | 'total' | 'due' | 'grace';
}
