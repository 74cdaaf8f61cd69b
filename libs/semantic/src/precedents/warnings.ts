import type { PredictReply, TaskWarning } from '@precedent/contract-types';

export type SpecPrediction = Pick<PredictReply, 'duration' | 'failure' | 'timeout'>;

/** It is warned of a failure when, with 95 % certainty, more than half of the tasks like it fail: 7 of 8, or 12 of 16. */
export const FAILURE_WARNED = 0.5;

/**
 * What was learnt from runs of the same spec. A type such as `command` is anything: what others of it did is worth an answer to who
 * asks, and nothing is to be done by it.
 */
export const specPredictionOf = ({ duration, failure, timeout }: SpecPrediction): SpecPrediction => ({
  ...(duration?.basis === 'spec' && { duration }),
  ...(failure?.basis === 'spec' && { failure }),
  ...(timeout && { timeout }),
});

/** What a prediction says against a task whose attempts may take `timeoutMs`; absent or 0: as long as they like. */
export const warningsOf = (
  foreseen: SpecPrediction,
  timeoutMs: number | undefined,
): readonly TaskWarning[] => {
  const { duration, failure, timeout } = specPredictionOf(foreseen);
  const warnings: TaskWarning[] = [];
  if (failure && failure.low > FAILURE_WARNED) {
    const { odds, low, high, support, evidence } = failure;
    warnings.push({ reason: 'likely_to_fail', odds, low, high, support, evidence });
  }
  if (duration && timeoutMs !== undefined && timeoutMs > 0 && duration.p90 > timeoutMs) {
    const { p90, support, evidence } = duration;
    const suggested = timeout && timeout.value > timeoutMs && { suggestedMs: timeout.value };
    warnings.push({ reason: 'likely_to_time_out', p90, timeoutMs, ...suggested, support, evidence });
  }
  return warnings;
};
