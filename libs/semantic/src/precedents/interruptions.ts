import type { Precedent, Support } from './precedent.ts';
import { supportOf } from './precedent.ts';
import { median } from './statistics.ts';

/** What being preempted costs a task, and what it could do about it. */
export interface Interruptions extends Support {
  readonly preemptions: number;
  /** Work that had to be done again, in milliseconds, and its share of all work, 0 to 1. */
  readonly lostMs: number;
  readonly lostShare: number;
  /** The usual time from one checkpoint to the next; absent: none was ever written. */
  readonly checkpointGapMs?: number;
  readonly advice: 'write_checkpoints' | 'write_more_checkpoints';
}

/** Preemptions, and the share of work lost to them, below which nothing is said. */
export const INTERRUPTIONS_MIN = { preemptions: 5, lostShare: 0.05 } as const;

/** From attempts of one spec and what each of its preemptions lost; `undefined` when that is little, or too few speak. */
export const interruptionsOf = (
  attempts: readonly Precedent[],
  losses: readonly number[],
): Interruptions | undefined => {
  const completed = attempts.filter((one) => one.outcome === 'completed');
  const lostMs = losses.reduce((sum, one) => sum + one, 0);
  const usefulMs = completed.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0);
  const lostShare = lostMs / Math.max(1, lostMs + usefulMs);
  if (losses.length < INTERRUPTIONS_MIN.preemptions || lostShare < INTERRUPTIONS_MIN.lostShare)
    return undefined;
  const checkpointGapMs = gapOf(completed);
  return {
    preemptions: losses.length,
    lostMs,
    lostShare,
    ...(checkpointGapMs !== undefined && { checkpointGapMs }),
    advice: checkpointGapMs === undefined ? 'write_checkpoints' : 'write_more_checkpoints',
    ...supportOf(completed),
  };
};

const gapOf = (completed: readonly Precedent[]): number | undefined => {
  const gaps = completed.flatMap(({ checkpoints = 0, durationMs }) =>
    checkpoints === 0 || durationMs === undefined ? [] : [durationMs / (checkpoints + 1)],
  );
  const gap = median(gaps);
  return gap === undefined ? undefined : Math.round(gap);
};
