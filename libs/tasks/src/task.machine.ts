import { assign, setup } from 'xstate';
import type { RetryPolicy } from './task-class.ts';
import { contextAfter } from './task-context.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskMachineEvent } from './task-events.ts';
import { recordOf } from './task.records.ts';
import type { RecordName, Transition } from './task.records.ts';
import type { StopCause, VictimEnd } from './task-state.ts';

/**
 * task.machine: one task, from ingress to verdict.
 *
 *   pending   --ADMITTED-->          waiting      the journal holds it, and it depends on other tasks
 *   pending   --ADMITTED-->          orchestrating  the journal holds it, and it is a run of a workflow
 *   pending   --ADMITTED-->          queued       the journal holds it
 *   pending   --REJECTED-->          rejected
 *   waiting   --EDGE_DECIDED-->      waiting      one of its dependencies is met or lost
 *   waiting   --JOIN_HOLDS-->        queued       enough of them are met
 *   waiting   --JOIN_HOLDS-->        orchestrating  enough of them are met, and it is a run of a workflow
 *   orchestrating --COMPLETED-->     completed    its steps have ended: epoch 0, because no worker has it
 *   orchestrating --FAILED-->        failed       spends no retry: its steps have theirs
 *   waiting   --CONDITION_FAILED-->  failed       a condition could not be decided
 *   waiting   --JOIN_BROKEN-->       skipped      too many of them are lost
 *   queued    --LEASED-->            running      a new epoch
 *   waiting | queued --QUEUE_EXPIRED--> timed_out
 *   running | stopping | preempting --COMPLETED--> completed   only the current epoch counts, here and below
 *   running | preempting --FAILED--> retrying     spends one retry, if any is left and the error allows it
 *   running | preempting --FAILED--> failed       none left
 *   running   --RETURNED-->          queued       never started, or given back: spends nothing, and a resumed attempt stays the same
 *   running   --YIELDED-->           queued       stopped at a safe point without being a victim: spends nothing
 *   running   --LOST-->              queued       worker or lease gone: spends one loss
 *   running   --LOST-->              failed       no loss left: the task kills its workers
 *   running   --ATTEMPT_EXPIRED | HEARTBEAT_EXPIRED--> stopping
 *   running | stopping | preempting --CANCEL_REQUESTED | TOTAL_EXPIRED--> stopping   cancel outranks total, total the rest
 *   stopping  --FAILED | STOPPED | YIELDED | RETURNED | LOST | GRACE_EXPIRED--> cancelled   when it was stopped by a cancel
 *   stopping  --FAILED | STOPPED | YIELDED | RETURNED | LOST | GRACE_EXPIRED--> timed_out   by the total time, or no retry left
 *   stopping  --FAILED | STOPPED | YIELDED | RETURNED | LOST | GRACE_EXPIRED--> retrying    by a timeout, if the policy allows it
 *   running   --PREEMPTED-->         preempting   a decision takes its slot; it has until a deadline
 *   preempting --ATTEMPT_EXPIRED | HEARTBEAT_EXPIRED--> stopping   while its order has mode delay: it runs as before
 *   preempting --ESCALATED-->        preempting   the deadline has passed: a stricter mode, a new deadline
 *   preempting --PREEMPTION_WITHDRAWN-->           running      it did not yield, and must not be ended by force
 *   preempting --YIELDED | STOPPED | RETURNED | LOST | GRACE_EXPIRED--> preempted   no retry is spent
 *   preempting --SUSPENDED-->        suspended    its processes are frozen: it keeps its lease, its epoch and its attempt
 *   suspended --RESUMED-->           running      no more urgent task needs its slot
 *   suspended --ESCALATED-->         preempting   suspended for too long: it is resumed and ended
 *   suspended --COMPLETED--> completed            its end was under way when it was suspended
 *   suspended --FAILED-->            retrying     the same, if a retry is left and the error allows it
 *   suspended --FAILED-->            failed       none left
 *   suspended --RETURNED | YIELDED | LOST--> queued   as a running one
 *   suspended --LOST-->              failed       no loss left
 *   suspended --CANCEL_REQUESTED | TOTAL_EXPIRED--> stopping   resumed, to be ended
 *   retrying | preempted --BACKOFF_ELAPSED--> queued
 *   waiting   --BAND_CHANGED-->     waiting
 *   queued    --BAND_CHANGED-->     queued
 *   orchestrating --BAND_CHANGED-->  orchestrating
 *   running   --BAND_CHANGED-->     running
 *   stopping  --BAND_CHANGED-->     stopping
 *   preempting --BAND_CHANGED-->     preempting
 *   suspended --BAND_CHANGED-->     suspended
 *   preempted --BAND_CHANGED-->     preempted
 *   retrying  --BAND_CHANGED-->     retrying
 *   waiting | queued | orchestrating | retrying | preempted --CANCEL_REQUESTED--> cancelled
 *   waiting | queued | orchestrating | retrying | preempted --TOTAL_EXPIRED--> timed_out
 */

/** Losses that a task survives; one more and it is taken for the cause of them. */
export const LOSSES_MAX = 10;

/** The error that an attempt ends with when time stopped it; a policy may name it as one not to retry. */
const TIMEOUT_CODES = { timeout: 'ATTEMPT_TIMEOUT', heartbeat: 'HEARTBEAT_TIMEOUT' } as const;

const retriesTimeout = ({ nonRetryable }: RetryPolicy, stop: StopCause | undefined): boolean =>
  (stop === 'timeout' || stop === 'heartbeat') && !nonRetryable.includes(TIMEOUT_CODES[stop]);

const machine = setup({
  types: { context: {} as TaskContext, events: {} as TaskMachineEvent, input: {} as TaskContext },
  guards: {
    hasDependencies: ({ event }) => event.type === 'ADMITTED' && event.waits === true,
    isRun: ({ event }) => 'orchestrates' in event && event.orchestrates === true,
    isCurrent: ({ context, event }) => 'epoch' in event && event.epoch === context.epoch,
    mayRetry: ({ context, event }) =>
      event.type === 'FAILED' &&
      event.epoch === context.epoch &&
      event.retryable &&
      context.retries < context.retry.max,
    mayLose: ({ context, event }) =>
      event.type === 'LOST' && event.epoch === context.epoch && context.losses < LOSSES_MAX,
    endsCancelled: ({ context, event }) =>
      'epoch' in event && event.epoch === context.epoch && context.stop === 'cancel',
    endsRetrying: ({ context, event }) =>
      'epoch' in event &&
      event.epoch === context.epoch &&
      context.retries < context.retry.max &&
      retriesTimeout(context.retry, context.stop),
    isLeftAlone: ({ context, event }) =>
      'epoch' in event && event.epoch === context.epoch && context.preempt?.mode === 'delay',
    notCancelled: ({ context }) => context.stop !== 'cancel',
  },
  actions: {
    /** The one action: the record that is named follows from the transition, and the next context from the record. */
    record: assign((transition: Transition, name: RecordName) =>
      contextAfter(transition.context, recordOf(name, transition)),
    ),
  },
});

const record = (name: RecordName['name'], end?: VictimEnd) =>
  ({ type: 'record', params: { name, end } }) as const;

const CANCEL = { target: 'cancelled', actions: record('cancelled') } as const;
const TIME_OUT = { target: 'timed_out', actions: record('timed_out') } as const;
const STOP = { target: 'stopping', actions: record('stopping') } as const;
const COMPLETE = { guard: 'isCurrent', target: 'completed', actions: record('completed') } as const;
const LEAVE = { guard: 'isCurrent', target: 'preempted', actions: record('preempted') } as const;
const REQUEUE = { guard: 'isCurrent', target: 'queued', actions: record('requeued') } as const;
const FAIL = [
  { guard: 'mayRetry', target: 'retrying', actions: record('retrying') },
  { guard: 'isCurrent', target: 'failed', actions: record('failed') },
] as const;
const LOSE = [
  { guard: 'mayLose', target: 'queued', actions: record('requeued') },
  { guard: 'isCurrent', target: 'failed', actions: record('failed') },
] as const;
const END_STOPPED = [
  { guard: 'endsCancelled', ...CANCEL },
  { guard: 'endsRetrying', target: 'retrying', actions: record('retrying') },
  { guard: 'isCurrent', ...TIME_OUT },
] as const;
const MOVABLE = { BAND_CHANGED: { actions: record('rebanded') } } as const;
const WAITING = { CANCEL_REQUESTED: CANCEL, TOTAL_EXPIRED: TIME_OUT, ...MOVABLE } as const;
const STOPPABLE = { CANCEL_REQUESTED: STOP, TOTAL_EXPIRED: STOP, ...MOVABLE } as const;

export const taskMachine = machine.createMachine({
  id: 'task',
  context: ({ input }) => input,
  initial: 'pending',
  states: {
    pending: {
      on: {
        ADMITTED: [
          { guard: 'hasDependencies', target: 'waiting' },
          { guard: 'isRun', target: 'orchestrating' },
          { target: 'queued' },
        ],
        REJECTED: 'rejected',
      },
    },
    waiting: {
      on: {
        EDGE_DECIDED: { actions: record('edge') },
        JOIN_HOLDS: [
          { guard: 'isRun', target: 'orchestrating', actions: record('ready') },
          { target: 'queued', actions: record('ready') },
        ],
        CONDITION_FAILED: { target: 'failed', actions: record('failed') },
        JOIN_BROKEN: { target: 'skipped', actions: record('skipped') },
        QUEUE_EXPIRED: TIME_OUT,
        ...WAITING,
      },
    },
    orchestrating: {
      on: {
        COMPLETED: COMPLETE,
        FAILED: { guard: 'isCurrent', target: 'failed', actions: record('failed') },
        ...WAITING,
      },
    },
    queued: {
      on: {
        LEASED: { target: 'running', actions: record('leased') },
        QUEUE_EXPIRED: TIME_OUT,
        ...WAITING,
      },
    },
    running: {
      on: {
        COMPLETED: COMPLETE,
        FAILED: FAIL,
        RETURNED: REQUEUE,
        YIELDED: REQUEUE,
        PREEMPTED: { guard: 'isCurrent', target: 'preempting', actions: record('preempting') },
        LOST: LOSE,
        ATTEMPT_EXPIRED: { guard: 'isCurrent', ...STOP },
        HEARTBEAT_EXPIRED: { guard: 'isCurrent', ...STOP },
        ...STOPPABLE,
      },
    },
    stopping: {
      on: {
        COMPLETED: COMPLETE,
        FAILED: END_STOPPED,
        STOPPED: END_STOPPED,
        YIELDED: END_STOPPED,
        RETURNED: END_STOPPED,
        LOST: END_STOPPED,
        GRACE_EXPIRED: END_STOPPED,
        CANCEL_REQUESTED: { guard: 'notCancelled', ...STOP },
        TOTAL_EXPIRED: { guard: 'notCancelled', ...STOP },
        ...MOVABLE,
      },
    },
    preempting: {
      on: {
        COMPLETED: { ...COMPLETE, actions: record('completed', 'finished_in_grace') },
        FAILED: [
          { guard: 'mayRetry', target: 'retrying', actions: record('retrying', 'failed_in_grace') },
          { guard: 'isCurrent', target: 'failed', actions: record('failed', 'failed_in_grace') },
        ],
        ATTEMPT_EXPIRED: { guard: 'isLeftAlone', ...STOP },
        HEARTBEAT_EXPIRED: { guard: 'isLeftAlone', ...STOP },
        ESCALATED: { guard: 'isCurrent', actions: record('preempting') },
        PREEMPTION_WITHDRAWN: { guard: 'isCurrent', target: 'running', actions: record('spared') },
        SUSPENDED: { guard: 'isCurrent', target: 'suspended', actions: record('suspended') },
        YIELDED: LEAVE,
        STOPPED: LEAVE,
        RETURNED: LEAVE,
        LOST: LEAVE,
        GRACE_EXPIRED: LEAVE,
        ...STOPPABLE,
      },
    },
    suspended: {
      on: {
        COMPLETED: COMPLETE,
        FAILED: FAIL,
        RETURNED: REQUEUE,
        YIELDED: REQUEUE,
        LOST: LOSE,
        RESUMED: { guard: 'isCurrent', target: 'running', actions: record('resumed') },
        ESCALATED: { guard: 'isCurrent', target: 'preempting', actions: record('preempting') },
        ...STOPPABLE,
      },
    },
    preempted: { on: { BACKOFF_ELAPSED: { target: 'queued', actions: record('due') }, ...WAITING } },
    retrying: { on: { BACKOFF_ELAPSED: { target: 'queued', actions: record('due') }, ...WAITING } },
    completed: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
    timed_out: { type: 'final' },
    skipped: { type: 'final' },
    rejected: { type: 'final' },
  },
});
