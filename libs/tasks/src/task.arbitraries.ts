import fc from 'fast-check';
import { BANDS } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { RetryPolicy, TaskClass } from './task-class.ts';
import type { TaskContext, TaskEventOf } from './task.machine.ts';
import type { TaskStateName } from './task-state.ts';
import { TaskRow } from './task-row.ts';
import type { TaskRowFields } from './task-row.ts';

export const aPolicy = (given: Partial<RetryPolicy> = {}): RetryPolicy => ({
  max: 2,
  delay: 1_000,
  backoff: 2,
  maxDelay: 60_000,
  jitter: 0,
  nonRetryable: [],
  ...given,
});

export const aClass = (given: Partial<TaskClass> = {}): TaskClass => ({
  namespace: 'default',
  project: 'shop',
  type: 'email.send',
  band: 'normal',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 10_000 },
  retry: aPolicy(),
  ...given,
});

export const aRow = (given: Partial<TaskRowFields> = {}): TaskRow =>
  new TaskRow({ id: 'T1', class: aClass(), body: '{}', order: 1, at: 1_000, ...given });

export const aContext = (given: Partial<TaskContext> = {}): TaskContext => ({
  retry: aPolicy(),
  attempt: 0,
  retries: 0,
  losses: 0,
  epoch: 0,
  worker: undefined,
  stop: undefined,
  ...given,
});

/** What JSON makes of a value: the form in which everything comes back from the journal. */
export const viaJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export const json = fc.jsonValue({ maxDepth: 2 }).map(viaJson);

const problem: fc.Arbitrary<Problem> = fc.record(
  {
    code: fc.constantFrom('HANDLER_FAILED' as const, 'COMMAND_FAILED' as const, 'WORKER_LOST' as const),
    message: fc.string({ maxLength: 5 }),
    details: fc.dictionary(fc.string({ maxLength: 3 }), json, { maxKeys: 2 }),
  },
  { requiredKeys: ['code', 'message'] },
);

export const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  max: fc.integer({ min: 0, max: 3 }),
  delay: fc.nat(5_000),
  backoff: fc.integer({ min: 1, max: 10 }),
  maxDelay: fc.nat(60_000),
  jitter: fc.constantFrom(0, 0.5, 1),
  nonRetryable: fc.subarray(['HANDLER_FAILED', 'ATTEMPT_TIMEOUT', 'HEARTBEAT_TIMEOUT']),
});

export const classes: fc.Arbitrary<TaskClass> = fc
  .record({
    type: fc.constantFrom('email.send', 'command'),
    band: fc.constantFrom(...BANDS),
    retry: policies,
  })
  .map(aClass);

export const EVENT_TYPES = [
  'ADMITTED',
  'REJECTED',
  'LEASED',
  'COMPLETED',
  'FAILED',
  'RETURNED',
  'LOST',
  'ATTEMPT_EXPIRED',
  'HEARTBEAT_EXPIRED',
  'GRACE_EXPIRED',
  'QUEUE_EXPIRED',
  'TOTAL_EXPIRED',
  'BACKOFF_ELAPSED',
  'CANCEL_REQUESTED',
] as const satisfies readonly TaskEventOf['type'][];

/** Where each event leads from each state, with the current epoch and a retry left. What is not here is ignored. */
export const NEXT: Record<TaskStateName, Partial<Record<TaskEventOf['type'], TaskStateName>>> = {
  pending: { ADMITTED: 'queued', REJECTED: 'rejected' },
  queued: {
    LEASED: 'running',
    QUEUE_EXPIRED: 'timed_out',
    TOTAL_EXPIRED: 'timed_out',
    CANCEL_REQUESTED: 'cancelled',
  },
  running: {
    COMPLETED: 'completed',
    FAILED: 'retrying',
    RETURNED: 'queued',
    LOST: 'queued',
    ATTEMPT_EXPIRED: 'stopping',
    HEARTBEAT_EXPIRED: 'stopping',
    TOTAL_EXPIRED: 'stopping',
    CANCEL_REQUESTED: 'stopping',
  },
  stopping: {
    COMPLETED: 'completed',
    FAILED: 'retrying',
    RETURNED: 'retrying',
    LOST: 'retrying',
    GRACE_EXPIRED: 'retrying',
    TOTAL_EXPIRED: 'stopping',
    CANCEL_REQUESTED: 'stopping',
  },
  retrying: { BACKOFF_ELAPSED: 'queued', TOTAL_EXPIRED: 'timed_out', CANCEL_REQUESTED: 'cancelled' },
  completed: {},
  failed: {},
  cancelled: {},
  timed_out: {},
  rejected: {},
};

/** Everything that an event may carry; which of it an event has, its type says. `epoch` is relative to the task's. */
export interface Move {
  readonly type: TaskEventOf['type'];
  /** What it would rather be, best first: see `aimed`. */
  readonly hopes: readonly TaskEventOf['type'][];
  readonly epoch: number;
  readonly worker: string;
  readonly result: unknown;
  readonly error: Problem;
  readonly retryable: boolean;
  readonly jitter: number;
  readonly reason: string;
}

export const aMove = (type: TaskEventOf['type'], given: Partial<Move> = {}): Move => ({
  type,
  hopes: [],
  epoch: 0,
  worker: 'W1',
  result: 'done',
  error: { code: 'HANDLER_FAILED', message: 'boom' },
  retryable: true,
  jitter: 0,
  reason: 'asked',
  ...given,
});

/** The event that a move is for a task as it is now. A lease always brings a higher epoch: the engine makes it so. */
export const eventOf = (move: Move, context: TaskContext, at: number): TaskEventOf => {
  const { type, worker, result, error, retryable, jitter, reason } = move;
  const lease = { at, epoch: context.epoch + move.epoch };
  switch (type) {
    case 'LEASED':
      return { type, at, worker, session: `${worker}-S`, epoch: context.epoch + 1 + Math.abs(move.epoch) };
    case 'COMPLETED':
      return { type, ...lease, result };
    case 'FAILED':
      return { type, ...lease, error, retryable, jitter };
    case 'RETURNED':
    case 'LOST':
      return { type, ...lease, error, jitter };
    case 'GRACE_EXPIRED':
      return { type, ...lease, jitter };
    case 'ATTEMPT_EXPIRED':
    case 'HEARTBEAT_EXPIRED':
      return { type, ...lease };
    case 'REJECTED':
    case 'QUEUE_EXPIRED':
      return { type, at, error };
    case 'CANCEL_REQUESTED':
      return { type, at, reason };
    default:
      return { type, at };
  }
};

interface Odds {
  readonly types: readonly TaskEventOf['type'][];
  /** One move in so many is of another epoch, and one comes at a wrong time; 0: none. */
  readonly oddOneIn: number;
}
const oneIn = <T>(count: number, odd: fc.Arbitrary<T>, usual: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  count === 0 ? usual : fc.oneof({ weight: 1, arbitrary: odd }, { weight: count - 1, arbitrary: usual });

const movesOf = ({ types, oddOneIn }: Odds): fc.Arbitrary<Move[]> =>
  fc.array(
    fc.record({
      type: fc.constantFrom(...EVENT_TYPES),
      hopes: oneIn<readonly TaskEventOf['type'][]>(
        oddOneIn,
        fc.constant([]),
        fc.shuffledSubarray([...types], { minLength: types.length }),
      ),
      epoch: oneIn(oddOneIn, fc.constantFrom(-1, 1), fc.constant(0)),
      worker: fc.constantFrom('W1', 'W2'),
      result: json,
      error: problem,
      retryable: fc.boolean(),
      jitter: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      reason: fc.string({ maxLength: 5 }),
    }),
    { maxLength: 50, size: 'max' },
  );

/** The move with the first event that it hopes for and that the state can hear; by itself, when it hopes for nothing. */
export const aimed = (move: Move, state: TaskStateName): Move => {
  const type = move.hopes.find((hope) => hope in NEXT[state]);
  return type === undefined ? move : { ...move, type };
};

const ENDS = EVENT_TYPES.filter((type) => !['ADMITTED', 'LEASED', 'BACKOFF_ELAPSED'].includes(type));

/**
 * The lives of a task: most moves do something, some come at a wrong time or speak for another epoch. Each life draws its
 * odds first, the extreme ones too: with the same odds for all, hardly any life sees ten losses.
 */
export const lives: fc.Arbitrary<Move[]> = fc
  .record({
    ends: fc.oneof(
      fc.subarray(ENDS, { minLength: 1 }),
      fc.constantFrom(...ENDS, 'LOST' as const).map((end) => [end]),
    ),
    oddOneIn: fc.constantFrom(0, 6, 2),
  })
  .chain(({ ends, oddOneIn }) =>
    movesOf({ types: ['ADMITTED', 'LEASED', 'BACKOFF_ELAPSED', ...ends], oddOneIn }),
  );
