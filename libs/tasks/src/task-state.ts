/** The states of the machine. `pending` lasts until the journal holds the task; `stopping` shows as `running`. */
export const STATES = [
  'pending',
  'queued',
  'running',
  'stopping',
  'retrying',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'rejected',
] as const;
export type TaskStateName = (typeof STATES)[number];

export type VerdictName = 'completed' | 'failed' | 'cancelled' | 'timed_out' | 'rejected';

const VERDICTS: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'timed_out', 'rejected']);

export const isSettled = (state: TaskStateName): state is VerdictName => VERDICTS.has(state);
export const isLeased = (state: TaskStateName): boolean => state === 'running' || state === 'stopping';

/** Why running code is being stopped. `cancel` outranks `total`, which outranks the rest. */
export type StopCause = 'cancel' | 'timeout' | 'heartbeat' | 'total';
