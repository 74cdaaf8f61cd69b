import { assign, setup } from 'xstate';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { AttemptCounts, Preempting } from './attempts.ts';
import type { RetryPolicy } from './task-class.ts';
import type { StopCause } from './task-state.ts';

/**
 * task.machine: one task, from the door to its verdict.
 *
 *   pending   --ADMITTED-->          queued       the journal holds it
 *   pending   --REJECTED-->          rejected
 *   queued    --LEASED-->            running      a new epoch
 *   queued    --QUEUE_EXPIRED-->     timed_out
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
 *   running   --PREEMPTED-->         preempting   a decision took its place; it has until a deadline
 *   preempting --ATTEMPT_EXPIRED | HEARTBEAT_EXPIRED--> stopping   while it is left alone: it runs as if nothing were
 *   preempting --ESCALATED-->        preempting   the deadline has passed: a stricter way, a new deadline
 *   preempting --SPARED-->           running      it did not yield, and nobody may end it
 *   preempting --YIELDED | STOPPED | RETURNED | LOST | GRACE_EXPIRED--> preempted   no try is spent
 *   preempting --SUSPENDED-->        suspended    frozen where it was: it keeps its lease, its epoch and its attempt
 *   suspended --RESUMED-->           running      thawed: nobody more urgent needs its place
 *   suspended --ESCALATED-->         preempting   frozen for too long: it is thawed and ended
 *   suspended --COMPLETED--> completed            its end was under way when it was frozen
 *   suspended --FAILED-->            retrying     the same, if a retry is left and the error allows it
 *   suspended --FAILED-->            failed       none left
 *   suspended --RETURNED | YIELDED | LOST--> queued   as a running one
 *   suspended --LOST-->              failed       no loss left
 *   suspended --CANCEL_REQUESTED | TOTAL_EXPIRED--> stopping   thawed, to be ended
 *   retrying | preempted --BACKOFF_ELAPSED--> queued
 *   queued | retrying | preempted --CANCEL_REQUESTED--> cancelled
 *   queued | retrying | preempted --TOTAL_EXPIRED--> timed_out
 */
export interface TaskContext extends AttemptCounts {
  readonly retry: RetryPolicy;
  readonly stop: StopCause | undefined;
  /** Why a running task is being cancelled, in the words of whoever asked. */
  readonly reason?: string | undefined;
}

/** Losses that a task survives; one more and it is taken for the cause of them. */
export const LOSSES_MAX = 10;

/** The error that an attempt ends with when time stopped it; a policy may name it as one not to retry. */
const TIMEOUT_CODES = { timeout: 'ATTEMPT_TIMEOUT', heartbeat: 'HEARTBEAT_TIMEOUT' } as const;

const retriesTimeout = ({ nonRetryable }: RetryPolicy, stop: StopCause | undefined): boolean =>
  (stop === 'timeout' || stop === 'heartbeat') && !nonRetryable.includes(TIMEOUT_CODES[stop]);

interface At {
  readonly at: EpochMs;
}
interface OfLease extends At {
  readonly epoch: number;
}

export type TaskEventOf =
  | ({ readonly type: 'ADMITTED' } & At)
  | ({ readonly type: 'REJECTED'; readonly error: Problem } & At)
  | ({ readonly type: 'LEASED'; readonly worker: string; readonly session: string } & OfLease)
  | ({ readonly type: 'COMPLETED'; readonly result: unknown } & OfLease)
  | ({
      readonly type: 'FAILED';
      readonly error: Problem;
      readonly retryable: boolean;
      readonly jitter: number;
    } & OfLease)
  | ({ readonly type: 'RETURNED'; readonly error: Problem; readonly jitter: number } & OfLease)
  | ({ readonly type: 'STOPPED'; readonly error: Problem; readonly jitter: number } & OfLease)
  | ({ readonly type: 'YIELDED'; readonly jitter: number } & OfLease)
  | ({ readonly type: 'PREEMPTED' } & Omit<Preempting, 'frozen'> & OfLease)
  | ({ readonly type: 'ESCALATED' } & Pick<Preempting, 'mode' | 'deadline'> & OfLease)
  | ({ readonly type: 'SUSPENDED'; readonly until: EpochMs } & OfLease)
  | ({ readonly type: 'RESUMED' } & OfLease)
  | ({ readonly type: 'SPARED' } & OfLease)
  | ({ readonly type: 'LOST'; readonly error: Problem; readonly jitter: number } & OfLease)
  | ({ readonly type: 'ATTEMPT_EXPIRED' } & OfLease)
  | ({ readonly type: 'HEARTBEAT_EXPIRED' } & OfLease)
  | ({ readonly type: 'GRACE_EXPIRED'; readonly jitter: number } & OfLease)
  | ({ readonly type: 'QUEUE_EXPIRED'; readonly error: Problem } & At)
  | ({ readonly type: 'TOTAL_EXPIRED' } & At)
  | ({ readonly type: 'BACKOFF_ELAPSED' } & At)
  | ({ readonly type: 'CANCEL_REQUESTED'; readonly reason: string } & At);

/** One order to leave is one preemption, also when it froze the task before it ended it. */
const countsAs = ({ preempt }: TaskContext): 0 | 1 => (preempt?.frozen ? 0 : 1);

const machine = setup({
  types: { context: {} as TaskContext, events: {} as TaskEventOf, input: {} as TaskContext },
  guards: {
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
    lease: assign(({ context, event }) =>
      event.type === 'LEASED'
        ? {
            attempt: context.resuming ? context.attempt : context.attempt + 1,
            epoch: event.epoch,
            worker: event.worker,
            stop: undefined,
          }
        : {},
    ),
    spendRetry: assign({
      retries: ({ context }) => context.retries + 1,
      worker: undefined,
      stop: undefined,
      preempt: undefined,
      resuming: false,
    }),
    spendLoss: assign({
      losses: ({ context }) => context.losses + 1,
      worker: undefined,
      preempt: undefined,
      resuming: false,
    }),
    release: assign({ worker: undefined, preempt: undefined }),
    endStop: assign({ stop: undefined, reason: undefined, preempt: undefined }),
    pause: assign({ worker: undefined, resuming: true, preempt: undefined }),
    preempt: assign(({ event }) =>
      event.type === 'PREEMPTED'
        ? { preempt: { decision: event.decision, mode: event.mode, deadline: event.deadline } }
        : {},
    ),
    escalate: assign(({ context, event }) =>
      event.type === 'ESCALATED' && context.preempt
        ? { preempt: { ...context.preempt, mode: event.mode, deadline: event.deadline } }
        : {},
    ),
    goOn: assign({ preempt: undefined }),
    freeze: assign(({ context, event }) =>
      event.type === 'SUSPENDED' && context.preempt
        ? {
            preemptions: context.preemptions + countsAs(context),
            preempt: { ...context.preempt, deadline: event.until, frozen: true as const },
          }
        : {},
    ),
    leave: assign({
      preemptions: ({ context }) => context.preemptions + countsAs(context),
      worker: undefined,
      resuming: true,
      preempt: undefined,
    }),
    stopForCancel: assign({
      stop: 'cancel' as const,
      preempt: undefined,
      reason: ({ event }) => (event.type === 'CANCEL_REQUESTED' ? event.reason : undefined),
    }),
    stopForTotal: assign({ stop: 'total' as const, preempt: undefined }),
    stopForAttempt: assign({ stop: 'timeout' as const, preempt: undefined }),
    stopForHeartbeat: assign({ stop: 'heartbeat' as const, preempt: undefined }),
  },
});

const ended = [
  { guard: 'endsCancelled', target: 'cancelled', actions: 'endStop' },
  { guard: 'endsRetrying', target: 'retrying', actions: 'spendRetry' },
  { guard: 'isCurrent', target: 'timed_out', actions: 'endStop' },
] as const;

const left = { guard: 'isCurrent', target: 'preempted', actions: 'leave' } as const;

const waiting = {
  CANCEL_REQUESTED: 'cancelled',
  TOTAL_EXPIRED: 'timed_out',
} as const;

export const taskMachine = machine.createMachine({
  id: 'task',
  context: ({ input }) => input,
  initial: 'pending',
  states: {
    pending: { on: { ADMITTED: 'queued', REJECTED: 'rejected' } },
    queued: {
      on: { LEASED: { target: 'running', actions: 'lease' }, QUEUE_EXPIRED: 'timed_out', ...waiting },
    },
    running: {
      on: {
        COMPLETED: { guard: 'isCurrent', target: 'completed' },
        FAILED: [
          { guard: 'mayRetry', target: 'retrying', actions: 'spendRetry' },
          { guard: 'isCurrent', target: 'failed' },
        ],
        RETURNED: { guard: 'isCurrent', target: 'queued', actions: 'release' },
        YIELDED: { guard: 'isCurrent', target: 'queued', actions: 'pause' },
        PREEMPTED: { guard: 'isCurrent', target: 'preempting', actions: 'preempt' },
        LOST: [
          { guard: 'mayLose', target: 'queued', actions: 'spendLoss' },
          { guard: 'isCurrent', target: 'failed' },
        ],
        ATTEMPT_EXPIRED: { guard: 'isCurrent', target: 'stopping', actions: 'stopForAttempt' },
        HEARTBEAT_EXPIRED: { guard: 'isCurrent', target: 'stopping', actions: 'stopForHeartbeat' },
        CANCEL_REQUESTED: { target: 'stopping', actions: 'stopForCancel' },
        TOTAL_EXPIRED: { target: 'stopping', actions: 'stopForTotal' },
      },
    },
    stopping: {
      on: {
        COMPLETED: { guard: 'isCurrent', target: 'completed', actions: 'endStop' },
        FAILED: ended,
        STOPPED: ended,
        YIELDED: ended,
        RETURNED: ended,
        LOST: ended,
        GRACE_EXPIRED: ended,
        CANCEL_REQUESTED: { guard: 'notCancelled', target: 'stopping', actions: 'stopForCancel' },
        TOTAL_EXPIRED: { guard: 'notCancelled', target: 'stopping', actions: 'stopForTotal' },
      },
    },
    preempting: {
      on: {
        COMPLETED: { guard: 'isCurrent', target: 'completed', actions: 'endStop' },
        FAILED: [
          { guard: 'mayRetry', target: 'retrying', actions: 'spendRetry' },
          { guard: 'isCurrent', target: 'failed', actions: 'endStop' },
        ],
        ATTEMPT_EXPIRED: { guard: 'isLeftAlone', target: 'stopping', actions: 'stopForAttempt' },
        HEARTBEAT_EXPIRED: { guard: 'isLeftAlone', target: 'stopping', actions: 'stopForHeartbeat' },
        ESCALATED: { guard: 'isCurrent', actions: 'escalate' },
        SPARED: { guard: 'isCurrent', target: 'running', actions: 'goOn' },
        SUSPENDED: { guard: 'isCurrent', target: 'suspended', actions: 'freeze' },
        YIELDED: left,
        STOPPED: left,
        RETURNED: left,
        LOST: left,
        GRACE_EXPIRED: left,
        CANCEL_REQUESTED: { target: 'stopping', actions: 'stopForCancel' },
        TOTAL_EXPIRED: { target: 'stopping', actions: 'stopForTotal' },
      },
    },
    suspended: {
      on: {
        COMPLETED: { guard: 'isCurrent', target: 'completed', actions: 'endStop' },
        FAILED: [
          { guard: 'mayRetry', target: 'retrying', actions: 'spendRetry' },
          { guard: 'isCurrent', target: 'failed', actions: 'endStop' },
        ],
        RETURNED: { guard: 'isCurrent', target: 'queued', actions: 'release' },
        YIELDED: { guard: 'isCurrent', target: 'queued', actions: 'pause' },
        LOST: [
          { guard: 'mayLose', target: 'queued', actions: 'spendLoss' },
          { guard: 'isCurrent', target: 'failed', actions: 'endStop' },
        ],
        RESUMED: { guard: 'isCurrent', target: 'running', actions: 'goOn' },
        ESCALATED: { guard: 'isCurrent', target: 'preempting', actions: 'escalate' },
        CANCEL_REQUESTED: { target: 'stopping', actions: 'stopForCancel' },
        TOTAL_EXPIRED: { target: 'stopping', actions: 'stopForTotal' },
      },
    },
    preempted: { on: { BACKOFF_ELAPSED: 'queued', ...waiting } },
    retrying: { on: { BACKOFF_ELAPSED: 'queued', ...waiting } },
    completed: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
    timed_out: { type: 'final' },
    rejected: { type: 'final' },
  },
});
