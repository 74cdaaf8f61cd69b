import { formatDuration } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import { nextDeadline } from '@precedent/tasks';
import type { TaskMachineEvent, TaskRow, TimeLimit } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { Runs } from '../runs/runs.ts';
import type { Preemption } from '../preemption/preemption.ts';

export type TaskDeadlinesParts = Pick<BaseParts, 'clock' | 'random' | 'timers'> & {
  readonly core: CellCore;
  readonly preemption: Preemption | undefined;
  readonly runs: Pick<Runs, 'cancel'>;
};

/** Turns a deadline that has passed into an event for its task. */
export class TaskDeadlines {
  readonly #parts: TaskDeadlinesParts;

  constructor(parts: TaskDeadlinesParts) {
    this.#parts = parts;
  }

  passed(row: TaskRow): void {
    const { clock, random, core, timers, preemption, runs } = this.#parts;
    const now = clock.now();
    const deadline = nextDeadline(row);
    if (deadline === undefined) return;
    if (deadline.at > now) return timers.set(row, deadline.at);
    const jitter = random();
    if (row.state === 'orchestrating') runs.cancel(row, 'total');
    else if (deadline.what !== 'preempt') core.drive(row, expiryEvent(row, deadline, now, jitter));
    else if (preemption) preemption.victimDeadlines.passed(row);
    else core.drive(row, endOfVictim(row, now, jitter));
  }
}

const expiryEvent = (row: TaskRow, deadline: TimeLimit, at: EpochMs, jitter: number): TaskMachineEvent => {
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

/** The deadline of a victim has passed in an engine without preemption, after a change of the configuration: its attempt ends, and is resumed later. */
const endOfVictim = (
  { state, epoch, class: { timeouts } }: TaskRow,
  at: EpochMs,
  jitter: number,
): TaskMachineEvent =>
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
