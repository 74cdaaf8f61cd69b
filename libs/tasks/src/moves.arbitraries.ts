import fc from 'fast-check';
import type { Problem } from '@precedent/kernel';
import { anOrder, modes } from './task.arbitraries.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskMachineEvent } from './task-events.ts';
import type { PreemptMode, TaskStateName } from './task-state.ts';

/** All of them: a new one that is missing here does not compile. */
const EVENTS: Readonly<Record<TaskMachineEvent['type'], true>> = {
  ADMITTED: true,
  REJECTED: true,
  EDGE_DECIDED: true,
  JOIN_HOLDS: true,
  JOIN_BROKEN: true,
  CONDITION_FAILED: true,
  LEASED: true,
  COMPLETED: true,
  FAILED: true,
  RETURNED: true,
  STOPPED: true,
  YIELDED: true,
  LOST: true,
  PREEMPTED: true,
  ESCALATED: true,
  PREEMPTION_WITHDRAWN: true,
  SUSPENDED: true,
  RESUMED: true,
  ATTEMPT_EXPIRED: true,
  HEARTBEAT_EXPIRED: true,
  GRACE_EXPIRED: true,
  QUEUE_EXPIRED: true,
  TOTAL_EXPIRED: true,
  BACKOFF_ELAPSED: true,
  CANCEL_REQUESTED: true,
  BAND_CHANGED: true,
};
export const EVENT_TYPES = Object.keys(EVENTS) as TaskMachineEvent['type'][];

/** Where each event leads from each state, with the current epoch and a retry left. What is not here is ignored. */
export const NEXT: Record<TaskStateName, Partial<Record<TaskMachineEvent['type'], TaskStateName>>> = {
  pending: { ADMITTED: 'queued', REJECTED: 'rejected' },
  waiting: {
    BAND_CHANGED: 'waiting',
    EDGE_DECIDED: 'waiting',
    JOIN_HOLDS: 'queued',
    JOIN_BROKEN: 'skipped',
    CONDITION_FAILED: 'failed',
    QUEUE_EXPIRED: 'timed_out',
    TOTAL_EXPIRED: 'timed_out',
    CANCEL_REQUESTED: 'cancelled',
  },
  orchestrating: {
    BAND_CHANGED: 'orchestrating',
    COMPLETED: 'completed',
    FAILED: 'failed',
    TOTAL_EXPIRED: 'timed_out',
    CANCEL_REQUESTED: 'cancelled',
  },
  queued: {
    BAND_CHANGED: 'queued',
    LEASED: 'running',
    QUEUE_EXPIRED: 'timed_out',
    TOTAL_EXPIRED: 'timed_out',
    CANCEL_REQUESTED: 'cancelled',
  },
  running: {
    BAND_CHANGED: 'running',
    COMPLETED: 'completed',
    FAILED: 'retrying',
    RETURNED: 'queued',
    YIELDED: 'queued',
    LOST: 'queued',
    PREEMPTED: 'preempting',
    ATTEMPT_EXPIRED: 'stopping',
    HEARTBEAT_EXPIRED: 'stopping',
    TOTAL_EXPIRED: 'stopping',
    CANCEL_REQUESTED: 'stopping',
  },
  stopping: {
    BAND_CHANGED: 'stopping',
    COMPLETED: 'completed',
    FAILED: 'retrying',
    RETURNED: 'retrying',
    STOPPED: 'retrying',
    YIELDED: 'retrying',
    LOST: 'retrying',
    GRACE_EXPIRED: 'retrying',
    TOTAL_EXPIRED: 'stopping',
    CANCEL_REQUESTED: 'stopping',
  },
  preempting: {
    BAND_CHANGED: 'preempting',
    COMPLETED: 'completed',
    FAILED: 'retrying',
    ESCALATED: 'preempting',
    PREEMPTION_WITHDRAWN: 'running',
    SUSPENDED: 'suspended',
    YIELDED: 'preempted',
    STOPPED: 'preempted',
    RETURNED: 'preempted',
    LOST: 'preempted',
    GRACE_EXPIRED: 'preempted',
    TOTAL_EXPIRED: 'stopping',
    CANCEL_REQUESTED: 'stopping',
  },
  suspended: {
    BAND_CHANGED: 'suspended',
    COMPLETED: 'completed',
    FAILED: 'retrying',
    RETURNED: 'queued',
    YIELDED: 'queued',
    LOST: 'queued',
    RESUMED: 'running',
    ESCALATED: 'preempting',
    TOTAL_EXPIRED: 'stopping',
    CANCEL_REQUESTED: 'stopping',
  },
  preempted: {
    BACKOFF_ELAPSED: 'queued',
    TOTAL_EXPIRED: 'timed_out',
    CANCEL_REQUESTED: 'cancelled',
    BAND_CHANGED: 'preempted',
  },
  retrying: {
    BACKOFF_ELAPSED: 'queued',
    TOTAL_EXPIRED: 'timed_out',
    CANCEL_REQUESTED: 'cancelled',
    BAND_CHANGED: 'retrying',
  },
  completed: {},
  failed: {},
  cancelled: {},
  timed_out: {},
  skipped: {},
  rejected: {},
};

/** Everything that an event may carry; which of it an event has, its type says. `epoch` is relative to the task's. */
export interface Move {
  readonly type: TaskMachineEvent['type'];
  /** What it would rather be, best first: see `aimed`. */
  readonly hopes: readonly TaskMachineEvent['type'][];
  readonly epoch: number;
  readonly worker: string;
  readonly result: unknown;
  readonly error: Problem;
  readonly retryable: boolean;
  readonly jitter: number;
  readonly reason: string;
  readonly decision: string;
  readonly mode: PreemptMode;
  readonly deadline: number;
  /** Whether a lease is assigned ahead. */
  readonly ahead: boolean;
  /** Whether a task that is admitted depends on others, and which of its dependencies is decided. */
  readonly waits: boolean;
  readonly orchestrates: boolean;
  readonly edge: number;
  /** How much of the time since a lease that was assigned ahead its code has run; `undefined`: it has not started, as far as the event tells. */
  readonly ran: number | undefined;
}

export const aMove = (type: TaskMachineEvent['type'], given: Partial<Move> = {}): Move => ({
  type,
  hopes: [],
  epoch: 0,
  worker: 'W1',
  result: 'done',
  error: { code: 'HANDLER_FAILED', message: 'boom' },
  retryable: true,
  jitter: 0,
  reason: 'not needed',
  ahead: false,
  waits: false,
  orchestrates: false,
  edge: 0,
  ran: undefined,
  ...anOrder(),
  ...given,
});

/** The event that a move is for a task as it is now, `sinceMs` after its last lease. A lease always brings a higher epoch: the engine makes it so. */
export const eventOf = (move: Move, context: TaskContext, at: number, sinceMs = 0): TaskMachineEvent => {
  const event = eventNamed(move, context, at);
  // Only what has started is preempted.
  const ran = move.ran ?? (event.type === 'PREEMPTED' ? 1 : undefined);
  return context.ahead && ran !== undefined ? { ...event, ranMs: Math.floor(ran * sinceMs) } : event;
};

const eventNamed = (move: Move, context: TaskContext, at: number): TaskMachineEvent => {
  const { type, worker, result, error, retryable, jitter, reason, decision, mode, deadline } = move;
  const lease = { at, epoch: context.epoch + move.epoch };
  switch (type) {
    case 'LEASED':
      return {
        type,
        at,
        worker,
        session: `${worker}-S`,
        epoch: context.epoch + 1 + Math.abs(move.epoch),
        ...(move.ahead && { ahead: true as const }),
      };
    case 'COMPLETED':
      return { type, ...lease, result };
    case 'FAILED':
      return { type, ...lease, error, retryable, jitter };
    case 'RETURNED':
    case 'STOPPED':
    case 'LOST':
      return { type, ...lease, error, jitter };
    case 'YIELDED':
    case 'GRACE_EXPIRED':
      return { type, ...lease, jitter };
    case 'PREEMPTED':
      return { type, ...lease, decision, mode, deadline };
    case 'ESCALATED':
      return { type, ...lease, mode, deadline };
    case 'SUSPENDED':
      return { type, ...lease, until: deadline };
    case 'RESUMED':
    case 'PREEMPTION_WITHDRAWN':
    case 'ATTEMPT_EXPIRED':
    case 'HEARTBEAT_EXPIRED':
      return { type, ...lease };
    case 'ADMITTED':
      return {
        type,
        at,
        ...(move.waits && { waits: true as const }),
        ...(move.orchestrates && { orchestrates: true as const }),
      };
    case 'EDGE_DECIDED':
      return { type, at, edge: move.edge, met: retryable };
    case 'JOIN_BROKEN':
    case 'CONDITION_FAILED':
    case 'REJECTED':
    case 'QUEUE_EXPIRED':
      return { type, at, error };
    case 'CANCEL_REQUESTED':
      return { type, at, reason };
    case 'BAND_CHANGED':
      return { type, at, band: retryable ? 'high' : 'low', reason };
    default:
      return { type, at };
  }
};

interface Odds {
  readonly types: readonly TaskMachineEvent['type'][];
  /** One move in so many is of another epoch, and one comes at a wrong time; 0: none. */
  readonly oddOneIn: number;
}
const oneIn = <T>(count: number, odd: fc.Arbitrary<T>, usual: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  count === 0 ? usual : fc.oneof({ weight: 1, arbitrary: odd }, { weight: count - 1, arbitrary: usual });

/** A few are enough, and cheap: a run has a hundred thousand moves. What JSON can hold is tried on the envelope. */
const RESULTS = ['done', null, { sent: [1, 'ß"'] }, undefined];
const ERRORS: readonly Problem[] = [
  { code: 'HANDLER_FAILED', message: 'boom "ß"' },
  { code: 'COMMAND_FAILED', message: 'exit 143', details: { signal: 'SIGTERM' } },
  { code: 'COMMAND_FAILED', message: 'exit 137', details: { signal: 'SIGKILL' } },
  { code: 'WORKER_LOST', message: '' },
];

const movesOf = ({ types, oddOneIn }: Odds): fc.Arbitrary<Move[]> =>
  fc.array(
    fc.record({
      type: fc.constantFrom(...EVENT_TYPES),
      hopes: oneIn<readonly TaskMachineEvent['type'][]>(
        oddOneIn,
        fc.constant([]),
        fc.constantFrom(...types).map((first) => [first, ...types]),
      ),
      epoch: oneIn(oddOneIn, fc.constantFrom(-1, 1), fc.constant(0)),
      worker: fc.constantFrom('W1', 'W2'),
      result: fc.constantFrom(...RESULTS),
      error: fc.constantFrom(...ERRORS),
      retryable: fc.boolean(),
      jitter: fc.constantFrom(0, 0.3, 0.999),
      reason: fc.constantFrom('', 'not needed'),
      decision: fc.constantFrom('D1', 'D2'),
      mode: modes,
      deadline: fc.constantFrom(0, 1_010, 90_000),
      ahead: fc.boolean(),
      waits: oneIn(4, fc.constant(true), fc.constant(false)),
      orchestrates: oneIn(8, fc.constant(true), fc.constant(false)),
      edge: fc.nat(2),
      ran: fc.constantFrom(undefined, 0, 0.5, 1),
    }),
    { maxLength: 50, size: 'max' },
  );

/** The move with the first event that it hopes for and that applies in the state; itself, when it hopes for nothing. */
export const aimed = (move: Move, state: TaskStateName): Move => {
  const type = move.hopes.find((hope) => hope in NEXT[state]);
  return type === undefined ? move : { ...move, type };
};

/** What every life needs to go on. */
const ALWAYS = ['ADMITTED', 'JOIN_HOLDS', 'LEASED', 'BACKOFF_ELAPSED'] as const;
const TURNS = EVENT_TYPES.filter((type) => !ALWAYS.some((one) => one === type));

/**
 * The lives of a task: most moves do something, some come at a wrong time or speak for another epoch. Each life draws its
 * odds first, the extreme ones too: with the same odds for all, hardly any life sees ten losses, or seven preemptions.
 */
export const lives: fc.Arbitrary<Move[]> = fc
  .record({
    turns: fc.oneof(
      fc.subarray(TURNS, { minLength: 1 }),
      fc.constantFrom(...TURNS).map((turn) => [turn]),
      fc.subarray(TURNS).map((turns) => ['PREEMPTED' as const, ...turns]),
      fc.constant(['PREEMPTED' as const, 'YIELDED' as const]),
      fc.subarray(TURNS).map((turns) => ['PREEMPTED' as const, 'SUSPENDED' as const, ...turns]),
      fc.constant(['LOST' as const]),
      fc.constant(['JOIN_BROKEN' as const]),
    ),
    oddOneIn: fc.constantFrom(0, 6, 2),
  })
  .chain(({ turns, oddOneIn }) => movesOf({ types: [...ALWAYS, ...turns], oddOneIn }));
