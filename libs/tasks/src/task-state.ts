import { VERDICTS } from '@precedent/contract-types';
import type { Verdict } from '@precedent/contract-types';

/**
 * The states of the machine. `pending` lasts until the journal holds the task; `orchestrating` (a run of a workflow, whose steps are tasks of
 * their own), `stopping` and `preempting` show as `running`, `suspended` as `preempted`.
 */
export const STATES = [
  'pending',
  'waiting',
  'queued',
  'orchestrating',
  'running',
  'stopping',
  'preempting',
  'suspended',
  'preempted',
  'retrying',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'skipped',
  'rejected',
] as const;
export type TaskStateName = (typeof STATES)[number];

const SETTLED: ReadonlySet<string> = new Set(VERDICTS);

export const isSettled = (state: TaskStateName): state is Verdict => SETTLED.has(state);
/** A worker holds a lease of the task; its code runs, or is suspended. */
export const isLeased = (state: TaskStateName): boolean =>
  state === 'running' || state === 'stopping' || state === 'preempting' || state === 'suspended';
/** Its code runs, because it is neither suspended nor without a lease. */
export const isRunning = (state: TaskStateName): boolean => isLeased(state) && state !== 'suspended';

/** Why running code is being stopped. `cancel` outranks `total`, which outranks the rest. */
export type StopCause = 'cancel' | 'timeout' | 'heartbeat' | 'total';

/** How a victim is made to leave; see `scheduling/preemption/mode.ts`. */
export type PreemptMode = 'delay' | 'at_checkpoint' | 'suspend' | 'immediate';

/** How a victim came to its end. The cause is recorded, not guessed from the time: an end within the grace may have any. */
export type VictimEnd =
  | 'yielded'
  | 'suspended'
  | 'finished_in_grace'
  | 'failed_in_grace'
  | 'aborted'
  | 'killed'
  | 'lost_worker';
