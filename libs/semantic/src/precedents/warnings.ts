import type { PredictReply, TaskWarning } from '@precedent/contract-types';

export type SpecPrediction = Pick<PredictReply, 'duration' | 'failure' | 'timeout'>;

/** A failure is warned of when, with 95 % certainty, a larger share of similar tasks fails: 7 of 8, or 12 of 16. */
export const FAILURE_WARNED = 0.5;

/**
 * The parts of a prediction that come from runs of the same spec. Runs of other specs of a type such as `command` are enough for an answer
 * to a person, but not for warnings and preemption.
 */
export const specPredictionOf = ({ duration, failure, timeout }: SpecPrediction): SpecPrediction => ({
  ...(duration?.basis === 'spec' && { duration }),
  ...(failure?.basis === 'spec' && { failure }),
  ...(timeout && { timeout }),
});

/** The warnings of a prediction for a task with this attempt timeout in milliseconds; `undefined` or 0 is no timeout. */
export const warningsOf = (
  prediction: SpecPrediction,
  timeoutMs: number | undefined,
): readonly TaskWarning[] => {
  const { duration, failure, timeout } = specPredictionOf(prediction);
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
