import { LIMITS } from '@precedent/contracts';
import type { SettledLease } from '@precedent/contracts';
import { AppError, cutText } from '@precedent/kernel';
import type { StopRequest } from '../handler.ts';
import type { FailedRollback } from './rollback.ts';

type Failure = NonNullable<SettledLease['error']>;

/** Of those that failed, in an error; the log of the attempt has all of them. */
const NAMED = 50;
const MESSAGE_CHARS = 500;

/** Says what is still there, for whoever has to undo it by hand. */
export const rollbackError = (id: string, failed: readonly FailedRollback[]): AppError => {
  const names = failed.map(({ name, message }) => `${name}: ${message}`).join('; ');
  const count = `${failed.length} rollback ${failed.length === 1 ? 'action' : 'actions'}`;
  const message = cutText(`${count} of task ${id} failed: ${names}`, LIMITS.errorMessageChars);
  return new AppError('ROLLBACK_FAILED', message, { details: evidence(failed) });
};

/**
 * The report of an attempt that left something behind. The error keeps its code, and is never retried: the next attempt would
 * begin where nobody expects it. What was to go on elsewhere (`preempted`, `shutdown`) has failed for the same reason.
 */
export const withFailedRollback = (
  { id, epoch, outcome, error }: SettledLease,
  stopped: StopRequest | undefined,
  failed: readonly FailedRollback[],
): string => {
  const failure = error ?? (rollbackError(id, failed).toProblem() as Failure);
  const details = { ...failure.details, ...evidence(failed) };
  const wouldGoOn = stopped?.reason === 'preempted' || stopped?.reason === 'shutdown';
  return JSON.stringify({
    id,
    epoch,
    outcome: wouldGoOn ? 'failed' : outcome,
    error: { ...failure, retryable: false, details },
  });
};

const evidence = (failed: readonly FailedRollback[]) => ({
  rollback: {
    failed: failed
      .slice(0, NAMED)
      .map((undo) => ({ ...undo, message: cutText(undo.message, MESSAGE_CHARS) })),
    count: failed.length,
  },
});
