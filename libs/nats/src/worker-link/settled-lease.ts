import type { SettledLease } from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import { cutBytes, cutText, fieldPath, isDeeperThan, isErrorCode, tooDeep } from '@precedent/kernel';
import type { Issue, JsonIssue, Problem } from '@precedent/kernel';

/** The size of a message: its bytes when it is serialised again, and whether it may exceed the nesting limit. */
export interface MessageSize {
  readonly bytes: number;
  readonly isDeep: boolean;
}

export type Fields = Readonly<Record<string, unknown>>;
type Failure = NonNullable<SettledLease['error']>;

const NAME_CHARS = 100;
const ISSUES = 20;
const OUTCOMES: ReadonlySet<unknown> = new Set(['completed', 'failed', 'stopped', 'yielded', 'returned']);

/** Whether a value says how a lease ended. */
export const isSettledLease = (value: unknown): value is SettledLease =>
  isFields(value) &&
  typeof value['id'] === 'string' &&
  value['id'].length <= LIMITS.idChars &&
  Number.isSafeInteger(value['epoch']) &&
  OUTCOMES.has(value['outcome']) &&
  isDigest(value['digest']) &&
  isError(value['error']);

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isDigest = (value: unknown): boolean =>
  value === undefined || (typeof value === 'string' && value.length <= LIMITS.tokenChars);

const isError = (value: unknown): boolean => {
  if (value === undefined) return true;
  if (!isFields(value) || !isErrorCode(value['code']) || typeof value['message'] !== 'string') return false;
  const { name, retryable } = value;
  const isNamed = name === undefined || (typeof name === 'string' && name.length <= NAME_CHARS);
  return isNamed && (retryable === undefined || typeof retryable === 'boolean');
};

/**
 * The report within the limits of the wire. A result over the limits, or with a value that differs from its text, makes the attempt failed,
 * without a retry. An error over the limits loses its details. `issue`: the first one of the lease.
 */
export const limitedLease = (lease: SettledLease, size: MessageSize, issue?: JsonIssue): SettledLease => {
  if (issue?.path[2] === 'result') return failed(lease, resultProblem(issue));
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

/** Segments of a path before the fields of a lease. */
const LEASE_PATH_LENGTH = ['settled', 0].length;

const resultProblem = ({ path, message }: JsonIssue): Problem => {
  const field = fieldPath(path.slice(LEASE_PATH_LENGTH));
  return { code: 'HANDLER_FAILED', message: `${field}: ${message}`, issues: [{ field, message }] };
};

const excessOf = (result: unknown, { bytes, isDeep }: MessageSize): string | undefined => {
  if (isDeep && isDeeperThan(result, LIMITS.depth)) return `is ${tooDeep(LIMITS.depth)}`;
  const size = bytes > LIMITS.resultBytes ? Buffer.byteLength(JSON.stringify(result)) : 0;
  return size > LIMITS.resultBytes ? `has ${size} of at most ${LIMITS.resultBytes} bytes` : undefined;
};

/** Only the fields of an error: any other ones would be stored for as long as the task. */
const limitedError = (error: Failure, size: MessageSize): Failure => {
  const { code, name, retryable, retryAfterMs, details, issues } = error;
  const minimal = {
    code,
    message: cutText(error.message, LIMITS.errorMessageChars),
    ...(name !== undefined && { name }),
    ...(retryable !== undefined && { retryable }),
    ...(Number.isFinite(retryAfterMs) && { retryAfterMs }),
  };
  if (details === undefined && issues === undefined) return minimal;
  if (size.isDeep && isDeeperThan(details, LIMITS.depth)) return minimal;
  const whole = {
    ...minimal,
    ...(isFields(details) && { details }),
    ...(Array.isArray(issues) && { issues: issues.filter(isIssue).slice(0, ISSUES) }),
  };
  const isLarge =
    size.bytes > LIMITS.errorBytes && Buffer.byteLength(JSON.stringify(whole)) > LIMITS.errorBytes;
  return isLarge ? minimal : whole;
};

const isIssue = (value: unknown): value is Issue =>
  isFields(value) && typeof value['field'] === 'string' && typeof value['message'] === 'string';

/** The error of a failed rollback action, so short that a thousand of them can be stored. */
export const limitedRollbackError = ({ code, message }: Problem): Problem => ({
  code,
  message: cutBytes(message, LIMITS.rollbackErrorBytes),
});
