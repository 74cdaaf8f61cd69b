import { countsAfter } from './attempts.ts';
import type { AttemptCounts } from './attempts.ts';
import type { ChangeRecord } from './records.ts';
import type { RetryPolicy, Timeouts } from './task-class.ts';
import type { StopCause } from './task-state.ts';

/** What `task.machine` decides by. */
export interface TaskContext extends AttemptCounts {
  readonly id: string;
  readonly retry: RetryPolicy;
  readonly timeouts: Timeouts;
  readonly stop: StopCause | undefined;
  /** Why a running task is being cancelled, in the words of the request. */
  readonly reason?: string | undefined;
}

/** The context after the record of a transition. */
export const contextAfter = (context: TaskContext, record: ChangeRecord): TaskContext => {
  const next = countsAfter(context, record);
  if (record.kind === 'stopping') return { ...next, stop: record.stop, reason: record.reason };
  const isOver = record.kind === 'retrying' || record.kind === 'settled';
  return isOver && next.stop !== undefined ? { ...next, stop: undefined, reason: undefined } : next;
};
