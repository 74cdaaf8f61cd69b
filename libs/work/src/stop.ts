import type { StopRequest } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { ErrorCode, ProblemExtras } from '@precedent/kernel';

const DEFAULT_GRACE_MS = 5_000;

const CODES: Record<StopRequest['reason'], readonly [code: ErrorCode, message: string]> = {
  cancelled: ['CANCELLED', 'the attempt was stopped because its task was cancelled'],
  timeout: ['ATTEMPT_TIMEOUT', 'the attempt was stopped because it ran longer than it may'],
  preempted: ['CANCELLED', 'the attempt was stopped because urgent work took its slot'],
  lease_lost: ['STALE_EPOCH', 'the attempt was stopped because its lease had ended'],
  shutdown: ['WORKER_LOST', 'the attempt was stopped because its worker is shutting down'],
};

const isStopRequest = (reason: unknown): reason is StopRequest =>
  typeof reason === 'object' &&
  reason !== null &&
  'reason' in reason &&
  typeof reason.reason === 'string' &&
  Object.hasOwn(CODES, reason.reason) &&
  'graceMs' in reason &&
  typeof reason.graceMs === 'number';

/** Why a signal was aborted; a signal aborted without a `StopRequest` counts as a cancellation with 5 s of grace. */
export const stopRequestOf = (signal: AbortSignal): StopRequest =>
  isStopRequest(signal.reason) ? signal.reason : { reason: 'cancelled', graceMs: DEFAULT_GRACE_MS };

/** The error of an attempt that ended because of a stop request. */
export const stopError = (request: StopRequest, extras: ProblemExtras = {}): AppError => {
  const [code, message] = CODES[request.reason];
  return new AppError(code, message, extras);
};

/** Refuses to begin an attempt that was stopped before it started; throws the error of the stop. */
export const refuseIfStopped = (signal: AbortSignal): void => {
  if (signal.aborted) throw stopError(stopRequestOf(signal));
};
