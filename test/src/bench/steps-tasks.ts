import type { TaskSpec } from '@precedent/contracts';
import { monotonicMs } from './clock.ts';
import { TASKS } from './tasks.ts';

export const UNIT_MS = 10;

/** A low task with a checkpoint every 50 ms. It may be a victim as often as the administrator allows. */
export const lowSpec = (units: number): TaskSpec => ({
  type: TASKS.steps,
  band: 'low',
  payload: { sentAt: monotonicMs(), units, unitMs: UNIT_MS, every: 5 },
  preemption: { maxPreemptions: 20 },
});

/** A critical one. `preempts: false` is what it would be without preemption: first in every queue, and no more. */
export const urgentSpec = (units: number, preempts: boolean): TaskSpec => ({
  type: TASKS.steps,
  band: 'critical',
  payload: { sentAt: monotonicMs(), units, unitMs: UNIT_MS, every: 0 },
  ...(!preempts && { preemption: { preempts } }),
});
