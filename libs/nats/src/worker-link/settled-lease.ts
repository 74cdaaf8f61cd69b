import type { SettledLease } from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import { cutBytes, cutText, fieldPath, isDeeperThan, isErrorCode, tooDeep } from '@precedent/kernel';
import type { Issue, JsonIssue, Problem } from '@precedent/kernel';

/** Of the message that something came in: its bytes once it is written again, and whether it may be nested too deeply. */
export interface MessageSize {
  readonly bytes: number;
  readonly isDeep: boolean;
}

export type Fields = Readonly<Record<string, unknown>>;
type Failure = NonNullable<SettledLease['error']>;

const NAME_CHARS = 100;
const ISSUES = 20;
const OUTCOMES: ReadonlySet<unknown> = new Set(['completed', 'failed', 'stopped', 'yielded', 'returned']);

/** Whether a worker says of a lease how it ended. */
export const isSettledLease = (value: unknown): value is SettledLease =>
  isFields(value) &&
  typeof value['id'] === 'string' &&
  value['id'].length <= LIMITS.idChars &&
  Number.isSafeInteger(value['epoch']) &&
  OUTCOMES.has(value['outcome']) &&
  isError(value['error']);

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isError = (value: unknown): boolean => {
  if (value === undefined) return true;
  if (!isFields(value) || !isErrorCode(value['code']) || typeof value['message'] !== 'string') return false;
  const { name, retryable } = value;
  const isNamed = name === undefined || (typeof name === 'string' && name.length <= NAME_CHARS);
  return isNamed && (retryable === undefined || typeof retryable === 'boolean');
};

/**
 * The lease within the limits of the wire. With a result over them, or one that is not what it says, the attempt has failed, and would
 * fail again; an error over them loses its details. `issue`: the first of the lease.
 */
export const limitedLease = (lease: SettledLease, size: MessageSize, issue?: JsonIssue): SettledLease => {
  if (issue?.path[2] === 'result') return failed(lease, unkept(issue));
  const excess = lease.result === undefined ? undefined : excessOf(lease.result, size);
  if (excess !== undefined)
    return failed(lease, { code: 'RESULT_TOO_LARGE', message: `the result ${excess}` });
  return lease.error === undefined ? lease : { ...lease, error: limitedError(lease.error, size) };
};

const failed = ({ id, epoch }: SettledLease, problem: Problem): SettledLease => ({
  id,
  epoch,
  outcome: 'failed',
  error: { ...problem, retryable: false },
});

const PLACE = ['settled', 0].length;

const unkept = ({ path, message }: JsonIssue): Problem => {
  const field = fieldPath(path.slice(PLACE));
  return { code: 'HANDLER_FAILED', message: `${field}: ${message}`, issues: [{ field, message }] };
};

const excessOf = (result: unknown, { bytes, isDeep }: MessageSize): string | undefined => {
  if (isDeep && isDeeperThan(result, LIMITS.depth)) return `is ${tooDeep(LIMITS.depth)}`;
  const size = bytes > LIMITS.resultBytes ? Buffer.byteLength(JSON.stringify(result)) : 0;
  return size > LIMITS.resultBytes ? `has ${size} of at most ${LIMITS.resultBytes} bytes` : undefined;
};

/** Only what an error has: whatever else it came with would be kept for as long as the task. */
const limitedError = (error: Failure, size: MessageSize): Failure => {
  const { code, name, retryable, retryAfterMs, details, issues } = error;
  const bare = {
    code,
    message: cutText(error.message, LIMITS.errorMessageChars),
    ...(name !== undefined && { name }),
    ...(retryable !== undefined && { retryable }),
    ...(Number.isFinite(retryAfterMs) && { retryAfterMs }),
  };
  if (details === undefined && issues === undefined) return bare;
  if (size.isDeep && isDeeperThan(details, LIMITS.depth)) return bare;
  const whole = {
    ...bare,
    ...(isFields(details) && { details }),
    ...(Array.isArray(issues) && { issues: issues.filter(isIssue).slice(0, ISSUES) }),
  };
  const isLarge =
    size.bytes > LIMITS.errorBytes && Buffer.byteLength(JSON.stringify(whole)) > LIMITS.errorBytes;
  return isLarge ? bare : whole;
};

const isIssue = (value: unknown): value is Issue =>
  isFields(value) && typeof value['field'] === 'string' && typeof value['message'] === 'string';

/** Of an action that could not be carried out, as much as can be kept of a thousand of them. */
export const limitedUndoError = ({ code, message }: Problem): Problem => ({
  code,
  message: cutBytes(message, LIMITS.rollbackErrorBytes),
});
