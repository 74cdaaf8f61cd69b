import type { Interruptions } from '@precedent/contract-types';
import type { Precedent } from './precedent.ts';
import { supportOf } from './precedent.ts';
import { median } from './statistics.ts';

/** The fewest preemptions, and the smallest share of lost work, for an answer. */
export const INTERRUPTIONS_MIN = { preemptions: 5, lostShare: 0.05 } as const;

/** The cost of preemptions, from attempts of one spec and the milliseconds that each preemption lost; `undefined` below `INTERRUPTIONS_MIN`. */
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
