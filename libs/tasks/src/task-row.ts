import type { TaskState } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import { openEdges } from '@precedent/orchestration';
import type { EdgeStates, StepLink } from '@precedent/orchestration';
import { isRunOfWorkflow } from './task-class.ts';
import type { TaskClass } from './task-class.ts';
import { NO_DURABLE_STATE } from './durable-state.ts';
import type { DurableState } from './durable-state.ts';
import { NO_ATTEMPT } from './attempts.ts';
import type { Attempt, PreemptionOrder, RunClock } from './attempts.ts';
import { isLeased, isRunning } from './task-state.ts';
import type { StopCause, TaskStateName } from './task-state.ts';
import type { TaskContext } from './task-context.ts';

/** What only tasks that have started, or have a verdict, need to remember. Waiting ones share `NO_RUN`. */
export interface TaskRun {
  readonly worker?: string | undefined;
  readonly session?: string | undefined;
  /** Start of its code under this lease, or of its last resume after a suspension. */
  readonly startedAt?: EpochMs | undefined;
  /** Its lease was assigned ahead, and no record tells a start yet: the engine may know it (`begin`), the journal does not. */
  readonly ahead?: true | undefined;
  /** Times that the lease was resumed after a suspension. */
  readonly thaws?: number | undefined;
  readonly stop?: StopCause | undefined;
  readonly stoppedAt?: EpochMs | undefined;
  readonly reason?: string | undefined;
  readonly dueAt?: EpochMs | undefined;
  /** Of a waiting task: what is decided of its dependencies. */
  readonly edges?: EdgeStates | undefined;
  /** Since when it is queued, when it waited for other tasks before. */
  readonly readyAt?: EpochMs | undefined;
  /** While the task is a victim. */
  readonly preempt?: PreemptionOrder | undefined;
  readonly settledAt?: EpochMs | undefined;
  readonly result?: unknown;
  /** The last error. */
  readonly error?: Problem | undefined;
}

export const NO_RUN: TaskRun = Object.freeze({});

/** What a task has been through since its submission. */
export interface TaskProgress {
  readonly attempt: number;
  readonly retries: number;
  readonly losses: number;
  readonly epoch: number;
  readonly run: TaskRun;
  readonly durable: DurableState;
}

/** Of every task that never started: one object for all of them. */
export const NO_PROGRESS: TaskProgress = {
  attempt: 0,
  retries: 0,
  losses: 0,
  epoch: 0,
  run: NO_RUN,
  durable: NO_DURABLE_STATE,
};

/** The same progress; the shared object when the task never started. */
export const sharedProgress = (progress: TaskProgress): TaskProgress => {
  const { attempt, retries, losses, epoch, run, durable } = progress;
  const isNone = attempt + retries + losses + epoch === 0 && Object.keys(run).length === 0;
  return isNone && durable === NO_DURABLE_STATE ? NO_PROGRESS : progress;
};

/** Milliseconds, 12 days. A time within them is a small integer, which V8 keeps in the row; it boxes a time since the epoch. */
const SPAN_MS = 2 ** 30;

/** What rows that were submitted within the same `SPAN_MS`, and do not expire, share. */
interface Arrival {
  /** Where the span begins. */
  readonly since: EpochMs;
  /** 0: never. */
  readonly expiresAt: EpochMs;
}

/** The last shared one. What a row tells does not depend on it. */
let latestArrival: Arrival = { since: 0, expiresAt: 0 };

const arrivalOf = (at: EpochMs, expiresAt: EpochMs): Arrival => {
  const since = Math.floor(at / SPAN_MS) * SPAN_MS;
  if (expiresAt !== 0) return { since, expiresAt };
  if (latestArrival.since !== since) latestArrival = { since, expiresAt };
  return latestArrival;
};

/**
 * A passivated task: the fold of its records, as flat as possible, because a million of them wait in memory.
 * Only `fold` writes to it; `timer…` belongs to the engine's timers, `queue` to its queues, `order` is the place in the order of submission.
 */
export class TaskRow {
  readonly id: string;
  class: TaskClass;
  readonly body: string;
  readonly order: number;
  readonly arrival: Arrival;
  /** Of the submission, in `arrival`. Milliseconds. */
  readonly arrivalOffset: number;
  readonly key: string | undefined;
  /** SHA-256 of class and body at the submission; `undefined` for a task of an older version. */
  readonly digest: string | undefined;
  /** The step of a run that it is. */
  readonly step: StepLink | undefined;
  state: TaskStateName = 'queued';
  progress = NO_PROGRESS;
  timerTick = 0;
  timerIndex = -1;
  queue: object | undefined = undefined;

  constructor(fields: TaskRowFields) {
    this.id = fields.id;
    this.class = fields.class;
    this.body = fields.body;
    this.order = fields.order;
    this.arrival = arrivalOf(fields.at, fields.expiresAt ?? 0);
    this.arrivalOffset = fields.at - this.arrival.since;
    this.key = fields.key;
    this.digest = fields.digest;
    this.step = fields.step;
    if (fields.edges === undefined) {
      if (isRunOfWorkflow(fields.class)) this.state = 'orchestrating';
      return;
    }
    this.state = 'waiting';
    this.progress = { ...NO_PROGRESS, run: { edges: openEdges(fields.edges) } };
  }

  get submittedAt(): EpochMs {
    return this.arrival.since + this.arrivalOffset;
  }
  /** 0: never. */
  get expiresAt(): EpochMs {
    return this.arrival.expiresAt;
  }
  get attempt(): number {
    return this.progress.attempt;
  }
  get retries(): number {
    return this.progress.retries;
  }
  get losses(): number {
    return this.progress.losses;
  }
  get epoch(): number {
    return this.progress.epoch;
  }
  get run(): TaskRun {
    return this.progress.run;
  }
  get durable(): DurableState {
    return this.progress.durable;
  }
}

export interface TaskRowFields {
  readonly id: string;
  readonly class: TaskClass;
  readonly body: string;
  readonly order: number;
  readonly at: EpochMs;
  readonly expiresAt?: EpochMs | undefined;
  readonly key?: string | undefined;
  readonly digest?: string | undefined;
  /** How many tasks it waits for; `undefined`: none. */
  readonly edges?: number | undefined;
  readonly step?: StepLink | undefined;
}

/** The context of the machine, from the row of a task without an actor. */
export const contextOf = (row: TaskRow): TaskContext => ({
  id: row.id,
  retry: row.class.retry,
  timeouts: row.class.timeouts,
  attempt: row.attempt,
  retries: row.retries,
  losses: row.losses,
  epoch: row.epoch,
  worker: row.run.worker,
  stop: row.run.stop,
  reason: row.run.reason,
  preemptions: row.durable.preemptions,
  resuming: row.durable.resuming,
  preempt: row.run.preempt,
  ahead: row.run.ahead,
});

/** Since when the code of the task runs, and how long its attempt ran before. */
export const clockOf = ({ state, run, durable }: TaskRow): RunClock => ({
  runningSince: isRunning(state) ? run.startedAt : undefined,
  ranMs: durable.ranMs,
});

/** The attempt of a row. `leasedAt`: when its lease began; the row knows that only until the lease is resumed after a suspension. */
export const attemptOf = (row: TaskRow, leasedAt = row.run.startedAt): Attempt => {
  const { attempt, retries, losses, epoch, worker, preemptions, resuming, preempt, ahead } = contextOf(row);
  const counts = { attempt, retries, losses, epoch, worker, preemptions, resuming, preempt, ahead };
  const lease = isLeased(row.state) ? { session: row.run.session, leasedAt } : {};
  return { ...NO_ATTEMPT, ...counts, ...clockOf(row), ...lease };
};

/** Whether its lease waits at a worker for a slot: it was assigned ahead, and has not started. */
export const isAssignedAhead = ({ run }: Pick<TaskRow, 'run'>): boolean =>
  run.ahead === true && run.startedAt === undefined;

/** The attempts that a user sees: those that have started. */
export const startedAttemptsOf = (row: TaskRow): number =>
  isAssignedAhead(row) && !row.durable.resuming ? row.attempt - 1 : row.attempt;

/** The code of a lease that was assigned ahead begins. The next record of the lease tells it to the journal. */
export const begin = (row: TaskRow, at: EpochMs): void => {
  row.progress = { ...row.progress, run: { ...row.run, startedAt: at } };
};

/** The event with which the feed begins. */
export const admissionOf = ({ state }: TaskRow): 'waiting' | 'started' | 'queued' => {
  if (state === 'waiting') return state;
  return state === 'orchestrating' ? 'started' : 'queued';
};

/** The state that a user sees: a victim is `preempted` until it runs again, and what is assigned ahead still waits. */
export const publicStateOf = (row: TaskRow): TaskState => {
  const { durable } = row;
  const state = row.state === 'running' && isAssignedAhead(row) ? 'queued' : row.state;
  if (state === 'stopping' || state === 'preempting' || state === 'orchestrating') return 'running';
  if (state === 'suspended') return 'preempted';
  if (state === 'queued' && durable.resuming && durable.preemptions > 0) return 'preempted';
  return state === 'pending' ? 'queued' : state;
};
