import type { WhileRunning } from '@precedent/contract-types';

/** Ticks that wait for their turn, at most. */
export const QUEUED_RUNS_MAX = 100;

export interface RunsOfSchedule {
  /** Runs that have no verdict yet. */
  readonly open: number;
  /** Ticks that wait for them. */
  readonly queued: number;
}

/**
 * What becomes of a tick: `start`, `skip`, `queue` behind the others, or `replace` those that wait; `cancel`: as `replace`, and the runs that are
 * open are cancelled. It starts only when their code has ended.
 */
export type RunDecision = 'start' | 'skip' | 'queue' | 'replace' | 'cancel';

export const decideRun = (policy: WhileRunning, { open, queued }: RunsOfSchedule): RunDecision => {
  if (policy === 'allow' || open + queued === 0) return 'start';
  switch (policy) {
    case 'skip':
      return 'skip';
    case 'queue_one':
      return 'replace';
    case 'queue_all':
      return queued < QUEUED_RUNS_MAX ? 'queue' : 'skip';
    case 'cancel_running':
      return 'cancel';
  }
};
