import type { LeaseStep } from '@precedent/contract-types';
import { LIMITS, fieldProblem } from '@precedent/contracts';
import { isDeeperThan, tooDeep } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { limitedRollbackError } from './settled-lease.ts';
import type { MessageSize } from './settled-lease.ts';

/** Why a step cannot be recorded. The SDK has the same limits. */
export const stepProblem = (step: LeaseStep, size: MessageSize): Problem | undefined => {
  if (step.kind === 'checkpoint')
    return valueProblem(step.state, size, { field: 'step.state', limit: LIMITS.checkpointInlineBytes });
  if (step.kind === 'undo')
    return valueProblem(step.payload, size, { field: 'step.payload', limit: LIMITS.rollbackBytes });
  return undefined;
};

interface Limit {
  readonly field: string;
  readonly limit: number;
}

const valueProblem = (
  value: unknown,
  { bytes, isDeep }: MessageSize,
  { field, limit }: Limit,
): Problem | undefined => {
  if (value === undefined) return undefined;
  if (isDeep && isDeeperThan(value, LIMITS.depth))
    return fieldProblem(field, tooDeep(LIMITS.depth), 'INVALID_REQUEST');
  const size = bytes > limit ? Buffer.byteLength(JSON.stringify(value)) : 0;
  return size > limit
    ? fieldProblem(field, `${size} of at most ${limit} bytes`, 'PAYLOAD_TOO_LARGE')
    : undefined;
};

/** The step with its error cut to the limit. */
export const limitedStep = (step: LeaseStep): LeaseStep =>
  step.kind === 'undone' && step.error ? { ...step, error: limitedRollbackError(step.error) } : step;
