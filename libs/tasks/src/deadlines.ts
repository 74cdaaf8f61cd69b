import type { EpochMs } from '@precedent/kernel';
import type { TaskRow } from './task-row.ts';
import type { Deadline } from './task.effects.ts';

/** Beyond the grace, for the report to travel; then the engine stops waiting for the worker. */
export const GRACE_MARGIN_MS = 5_000;

/** The earliest moment at which time alone changes the task; `undefined` when it has no limit, or a verdict. */
export const nextDeadline = (row: TaskRow): Deadline | undefined => {
  switch (row.state) {
    case 'queued':
      return earliest([...total(row), ...firstStart(row)]);
    case 'running':
      return earliest([...total(row), ...attempt(row)]);
    case 'stopping':
      return { at: (row.run.stoppedAt ?? row.submittedAt) + row.class.timeouts.grace + GRACE_MARGIN_MS, what: 'grace' };
    case 'retrying':
      return earliest([...total(row), { at: row.run.dueAt ?? row.submittedAt, what: 'due' }]);
    default:
      return undefined;
  }
};

/** The waiting time and `expiresAt` count until the first start only. */
const firstStart = (row: TaskRow): Deadline[] => {
  if (row.attempt > 0) return [];
  const { queue } = row.class.timeouts;
  return [...limit(row.submittedAt, queue, 'queue'), ...(row.expiresAt > 0 ? [{ at: row.expiresAt, what: 'expires' as const }] : [])];
};

const total = (row: TaskRow): Deadline[] => limit(row.submittedAt, row.class.timeouts.total, 'total');
const attempt = (row: TaskRow): Deadline[] => limit(row.run.startedAt ?? row.submittedAt, row.class.timeouts.attempt, 'attempt');

const limit = (from: EpochMs, ms: number, what: Deadline['what']): Deadline[] => (ms > 0 ? [{ at: from + ms, what }] : []);

const earliest = (deadlines: readonly Deadline[]): Deadline | undefined => {
  let first: Deadline | undefined;
  for (const deadline of deadlines) if (first === undefined || deadline.at < first.at) first = deadline;
  return first;
};
