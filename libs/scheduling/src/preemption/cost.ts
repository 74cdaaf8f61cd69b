import type { EpochMs } from '@precedent/kernel';
import type { Mode } from './mode.ts';
import { RULE_VERSION } from './policy.ts';
import type { Running } from './snapshot.ts';

/** What preempting a task costs. Whole milliseconds. */
export interface Cost {
  /** Work that is done again, or the wait for the next checkpoint where none is. */
  readonly lostMs: number;
  readonly restoreMs: number;
  /** Rollback actions. */
  readonly undoMs: number;
}

const FREE: Cost = Object.freeze({ lostMs: 0, restoreMs: 0, undoMs: 0 });

/** By the rule of this version; `rule` 1 charged a frozen task for a restore that it does not need. */
export const costOf = (task: Running, mode: Mode, now: EpochMs, rule: number = RULE_VERSION): Cost =>
  mode === 'suspend' && rule > 1
    ? FREE
    : {
        lostMs: Math.max(0, Math.floor(lostMs(task, mode, now))),
        restoreMs: Math.floor(task.restoreMs ?? 0),
        undoMs: Math.floor(task.undoMs ?? 0),
      };

const lostMs = (task: Running, mode: Mode, now: EpochMs): number => {
  if (mode === 'suspend') return 0;
  const sinceSaved = now - Math.max(task.checkpointedAt ?? task.startedAt, task.startedAt);
  return mode === 'immediate' ? sinceSaved : (task.checkpointInMs ?? sinceSaved);
};

export const totalMs = ({ lostMs: lost, restoreMs, undoMs }: Cost): number => lost + restoreMs + undoMs;

const INT32_MAX = 2 ** 31 - 1;

/** Costs of the same order of magnitude are the same: floor(log2(1 + ms)). Whole numbers only, for the same answer anywhere. */
export const costBucket = (cost: Cost): number => 31 - Math.clz32(Math.min(INT32_MAX, 1 + totalMs(cost)));
