import type { EpochMs } from '@precedent/kernel';
import { isAssignedAhead } from './task-row.ts';
import type { TaskRow } from './task-row.ts';

/** The next moment at which time alone changes the task, and what happens then. */
export type Deadline = TimeLimit | { readonly at: EpochMs; readonly what: 'preempt' };

export interface TimeLimit {
  readonly at: EpochMs;
  readonly what: 'queue' | 'expires' | 'attempt' | 'total' | 'due' | 'grace';
}

/** Beyond the grace, for the report to travel; then the engine stops waiting for the worker. */
export const GRACE_MARGIN_MS = 5_000;

/** When the code of a lease has to have left, after a stop or an abort; `undefined` while it may go on. */
export const leavesBy = ({ state, run, submittedAt, class: { timeouts } }: TaskRow): EpochMs | undefined => {
  if (state === 'stopping') return (run.stoppedAt ?? submittedAt) + timeouts.grace;
  return state === 'preempting' && run.preempt?.mode === 'immediate' ? run.preempt.deadline : undefined;
};

/** The earliest moment at which time alone changes the task; `undefined` when it has no limit, or a verdict. */
export const nextDeadline = (row: TaskRow): Deadline | undefined => {
  const { timeouts } = row.class;
  const total = after(row.submittedAt, timeouts.total, 'total');
  switch (row.state) {
    case 'orchestrating':
      return total;
    case 'waiting':
      return row.expiresAt > 0 ? earlier(total, { at: row.expiresAt, what: 'expires' }) : total;
    case 'queued':
      return row.attempt > 0 ? total : earlier(total, firstStart(row));
    case 'running':
      return earlier(total, attempt(row));
    case 'preempting':
    case 'suspended':
      return earlier(isLeftAlone(row) ? earlier(total, attempt(row)) : total, victim(row));
    case 'stopping':
      return { at: (leavesBy(row) ?? row.submittedAt) + GRACE_MARGIN_MS, what: 'grace' };
    case 'preempted':
    case 'retrying':
      return earlier(total, { at: row.run.dueAt ?? row.submittedAt, what: 'due' });
    default:
      return undefined;
  }
};

/** The waiting time and `expiresAt` count until the first start only. */
const firstStart = (row: TaskRow): Deadline | undefined => {
  // A task that waited for others was not in the queue.
  const queue = after(row.run.readyAt ?? row.submittedAt, row.class.timeouts.queue, 'queue');
  return row.expiresAt > 0 ? earlier(queue, { at: row.expiresAt, what: 'expires' }) : queue;
};

/** Its order has mode delay, and no signal was sent: the limits of its attempt hold. */
export const isLeftAlone = ({ state, run }: TaskRow): boolean =>
  state === 'preempting' && run.preempt?.mode === 'delay';

/** The report of a victim that is ended by force needs time to travel. */
const victim = ({ run: { preempt }, submittedAt }: TaskRow): Deadline => {
  const margin = preempt?.mode === 'immediate' ? GRACE_MARGIN_MS : 0;
  return { at: (preempt?.deadline ?? submittedAt) + margin, what: 'preempt' };
};

/** What earlier runs of the same attempt took counts; while a victim does not run, the clock stands still. */
const attempt = (row: TaskRow): Deadline | undefined => {
  const { run, submittedAt, durable } = row;
  const { timeouts } = row.class;
  const from = run.startedAt ?? submittedAt;
  if (isAssignedAhead(row)) return undefined;
  return timeouts.attempt > 0
    ? { at: from + Math.max(1, timeouts.attempt - durable.ranMs), what: 'attempt' }
    : undefined;
};

/** 0 ms means: no such limit. */
const after = (from: EpochMs, ms: number, what: Deadline['what']): Deadline | undefined =>
  ms > 0 ? { at: from + ms, what } : undefined;

const earlier = (a: Deadline | undefined, b: Deadline | undefined): Deadline | undefined =>
  a === undefined || (b !== undefined && b.at < a.at) ? b : a;
