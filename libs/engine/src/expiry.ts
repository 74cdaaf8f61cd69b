import { formatDuration } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { TaskEventOf, TaskRow, TimeLimit } from '@precedent/tasks';

/** What a passed deadline means to the task. */
export const expiryEvent = (row: TaskRow, deadline: TimeLimit, at: EpochMs, jitter: number): TaskEventOf => {
  const { epoch } = row;
  switch (deadline.what) {
    case 'queue':
      return { type: 'QUEUE_EXPIRED', at, error: queueTimeout(row) };
    case 'expires':
      return { type: 'QUEUE_EXPIRED', at, error: expired(row) };
    case 'attempt':
      return { type: 'ATTEMPT_EXPIRED', at, epoch };
    case 'total':
      return { type: 'TOTAL_EXPIRED', at };
    case 'due':
      return { type: 'BACKOFF_ELAPSED', at };
    case 'grace':
      return { type: 'GRACE_EXPIRED', at, epoch, jitter };
  }
};

/** The time of a victim has come, and there are no rules of preemption any more: it is ended, and goes on later. */
export const lateVictimEvent = (
  { state, epoch, class: { timeouts } }: TaskRow,
  at: EpochMs,
  jitter: number,
): TaskEventOf =>
  state === 'suspended'
    ? { type: 'ESCALATED', at, epoch, mode: 'immediate', deadline: at + timeouts.grace }
    : { type: 'GRACE_EXPIRED', at, epoch, jitter };

const queueTimeout = (row: TaskRow): Problem => ({
  code: 'QUEUE_TIMEOUT',
  message: `waited ${formatDuration(row.class.timeouts.queue)} in band ${row.class.band} and was not started`,
});

const expired = (row: TaskRow): Problem => ({
  code: 'EXPIRED',
  message: `expired at ${new Date(row.expiresAt).toISOString()} before it was started`,
});
