import { backoffMs, formatDuration } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { preemptionsAfter } from './attempts.ts';
import type { PreemptionOrder } from './attempts.ts';
import type { ChangeRecord, SettledRecord } from './records.ts';
import { requestedDelay, retryDelay } from './retry.ts';
import type { Timeouts } from './task-class.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskMachineEvent } from './task-events.ts';
import type { StopCause, VictimEnd } from './task-state.ts';

/** The record of a transition, as `task.machine` names it. A settled one is named by its verdict. */
export interface RecordName {
  readonly name: Exclude<ChangeRecord['kind'], 'kept' | 'settled'> | SettledRecord['state'];
  /** How the task ended as a victim, when it came to its own end within its grace. */
  readonly end?: VictimEnd | undefined;
}

/** A transition: the context before it, and the event. */
export interface Transition {
  readonly context: TaskContext;
  readonly event: TaskMachineEvent;
}

/** Before a victim may run again. */
export const PAUSE_MS = 1_000;
export const PAUSE_MAX_MS = 30_000;

/** The record that a transition writes. Throws when the event is none that this record can come of. */
export const recordOf = (name: RecordName, transition: Transition): ChangeRecord => {
  const record = recordNamed(name, transition);
  const { ranMs } = transition.event;
  return ranMs === undefined ? record : { ...record, ranMs };
};

const recordNamed = ({ name, end }: RecordName, transition: Transition): ChangeRecord => {
  const { context, event } = transition;
  const { id } = context;
  const { at } = event;
  switch (name) {
    case 'leased': {
      const { type: _, ranMs: __, ahead, booked, ...lease } = only(event, 'LEASED');
      return { kind: name, id, ...lease, ...(ahead && { ahead }), ...(booked && { booked }) };
    }
    case 'requeued':
      return { kind: name, id, at, why: whyOf(event) };
    case 'edge': {
      const { edge, met, read } = only(event, 'EDGE_DECIDED');
      return { kind: name, id, at, edge, met, ...(read && { read }) };
    }
    case 'rebanded': {
      const { band, reason } = only(event, 'BAND_CHANGED');
      return { kind: name, id, at, band, ...(reason && { reason }) };
    }
    case 'ready':
    case 'due':
    case 'spared':
    case 'resumed':
      return { kind: name, id, at };
    case 'retrying': {
      // The number of the retry that is to come.
      const error = errorAfter(transition);
      const jitter = 'jitter' in event ? event.jitter : 0;
      const delay = retryDelay(context.retry, context.retries + 1, jitter);
      const dueAt = at + Math.max(delay, requestedDelay(context.retry, error));
      return { kind: name, id, at, dueAt, error, ...(end && { end }) };
    }
    case 'stopping': {
      const reason = event.type === 'CANCEL_REQUESTED' ? { reason: event.reason } : {};
      return { kind: name, id, at, stop: causeOf(event), ...reason };
    }
    case 'preempting':
      return { kind: name, id, at, ...orderOf(transition) };
    case 'suspended':
      return { kind: name, id, at, until: only(event, 'SUSPENDED').until };
    case 'preempted':
      return { kind: name, id, at, end: victimEndOf(event), dueAt: at + pauseMs(context) };
    case 'completed': {
      const { result, read } = only(event, 'COMPLETED');
      return { kind: 'settled', id, at, state: name, result, ...(read && { read }), ...(end && { end }) };
    }
    case 'failed':
    case 'timed_out': {
      const error = errorAfter(transition);
      return { kind: 'settled', id, at, state: name, error, ...(end && { end }) };
    }
    case 'skipped':
      return { kind: 'settled', id, at, state: name, error: only(event, 'JOIN_BROKEN').error };
    case 'cancelled':
      return { kind: 'settled', id, at, state: name, error: cancelled(transition) };
  }
};

const whyOf = ({ type }: TaskMachineEvent): 'returned' | 'lost' | 'yielded' => {
  if (type === 'LOST') return 'lost';
  return type === 'YIELDED' ? 'yielded' : 'returned';
};

const causeOf = (event: TaskMachineEvent): StopCause =>
  CAUSES[only(event, 'CANCEL_REQUESTED', 'TOTAL_EXPIRED', 'ATTEMPT_EXPIRED', 'HEARTBEAT_EXPIRED').type];

const CAUSES = {
  CANCEL_REQUESTED: 'cancel',
  TOTAL_EXPIRED: 'total',
  ATTEMPT_EXPIRED: 'timeout',
  HEARTBEAT_EXPIRED: 'heartbeat',
} as const;

const orderOf = ({ context: { preempt }, event }: Transition): PreemptionOrder => {
  const { mode, deadline } = only(event, 'PREEMPTED', 'ESCALATED');
  if (event.type === 'PREEMPTED') return { decision: event.decision, mode, deadline };
  return { decision: '', ...preempt, mode, deadline };
};

type EventOf<T extends TaskMachineEvent['type']> = Extract<TaskMachineEvent, { readonly type: T }>;

/** Throws when the machine has named a record that the event cannot write. */
const only = <T extends TaskMachineEvent['type']>(
  event: TaskMachineEvent,
  ...types: readonly T[]
): EventOf<T> => {
  if (types.some((type) => type === event.type)) return event as EventOf<T>;
  throw new Error(`task.machine names the wrong record for ${event.type}`);
};

/** The pause doubles with each preemption, so that a task that is always in the way is so less often. */
const pauseMs = (context: TaskContext): number =>
  backoffMs(preemptionsAfter(context) - 1, PAUSE_MS, PAUSE_MAX_MS);

const victimEndOf = (event: TaskMachineEvent): VictimEnd => {
  if (event.type === 'YIELDED') return 'yielded';
  if (event.type === 'LOST' || event.type === 'GRACE_EXPIRED') return 'lost_worker';
  return 'error' in event && event.error.details?.['signal'] === 'SIGKILL' ? 'killed' : 'aborted';
};

/** A waiting task is cancelled by the request itself, a running one by its end, when the request is long past. */
const cancelled = ({ context, event }: Transition): Problem => {
  const reason = event.type === 'CANCEL_REQUESTED' ? event.reason : context.reason;
  return { code: 'CANCELLED', message: reason ? `cancelled: ${reason}` : 'cancelled' };
};
type TimeoutCause = Exclude<StopCause, 'cancel'>;

const TIMEOUT_ERRORS: Record<TimeoutCause, Pick<Problem, 'code'> & { fact: string; limit: keyof Timeouts }> =
  {
    timeout: { code: 'ATTEMPT_TIMEOUT', fact: 'the attempt ran longer than', limit: 'attempt' },
    heartbeat: {
      code: 'HEARTBEAT_TIMEOUT',
      fact: 'the handler gave no sign of life within',
      limit: 'heartbeat',
    },
    total: { code: 'TOTAL_TIMEOUT', fact: 'the task reached', limit: 'total' },
  };

const timeoutError = (cause: TimeoutCause, { timeouts }: TaskContext): Problem => {
  const { code, fact, limit } = TIMEOUT_ERRORS[cause];
  return { code, message: `${fact} timeouts.${limit} (${formatDuration(timeouts[limit])})` };
};

/** Why the attempt ended: what it was stopped for outranks what the worker says of the end. */
const errorAfter = ({ context, event }: Transition): Problem => {
  const { stop } = context;
  if (stop !== undefined && stop !== 'cancel') return withDetails(timeoutError(stop, context), event);
  if (event.type === 'TOTAL_EXPIRED') return timeoutError('total', context);
  if ('error' in event) return event.error;
  return { code: 'INTERNAL', message: `ended by ${event.type}` };
};

/** Keeps what the worker reported of the end (exit code, tail of the output) under the cause. */
const withDetails = (problem: Problem, event: TaskMachineEvent): Problem =>
  'error' in event && event.error.details ? { ...problem, details: event.error.details } : problem;
