import { LIMITS } from '@precedent/contracts';
import type { SettledLease } from '@precedent/contract-types';
import {
  cutText,
  errorName,
  exceedsBytes,
  fieldOf,
  isAppError,
  isError,
  messageOf,
  problemOf,
} from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { findUnwritable } from '../../json.ts';
import { isYield } from '../handler.ts';
import type { StopRequest, YieldRequest } from '../handler.ts';
import type { LeaseKey } from './attempt-table.ts';
import { stackTextOf } from './stack-text.ts';

export type ExitError = NonNullable<SettledLease['error']>;

/**
 * How the code of an attempt ended. `stopped`: as it was requested to; `yielded`: at a safe point, to go on later; `returned`: never
 * started, or given back; the last two cost no try.
 */
export interface AttemptExit {
  readonly outcome: SettledLease['outcome'];
  /** JSON text. */
  readonly result?: string;
  readonly error?: ExitError;
}

/** What was requested of code that has thrown. */
export interface ExitContext {
  readonly interruption: {
    readonly stopRequest: StopRequest | undefined;
    readonly yieldRequest: YieldRequest | undefined;
  };
  /** Which run of its task it was, from 1. */
  readonly run: number;
}

const NAME_CHARS = 100;
const CAUSES_MAX = 8;
const DETAILS_CHARS = 64 * 1024;

/** A lease, with the digest of its task. */
export interface ReportedLease extends LeaseKey {
  readonly digest?: string | undefined;
}

/**
 * The settled report as JSON. Written by hand, because thousands a second are: ids have no character that JSON would escape, and neither
 * has the digest of a task that was run, because it was compared.
 */
export const settledJson = (lease: ReportedLease, { outcome, result, error }: AttemptExit): string => {
  const ran = outcome === 'completed' && lease.digest !== undefined ? `,"digest":"${lease.digest}"` : '';
  const head = `{"id":"${lease.id}","epoch":${lease.epoch},"outcome":"${outcome}"${ran}`;
  if (result !== undefined) return `${head},"result":${result}}`;
  return error === undefined ? `${head}}` : `${head},"error":${JSON.stringify(error)}}`;
};

/** The exit of a handler that returned. `limit`: bytes of the result, which is written as JSON only once. */
export const classifyReturn = (
  result: unknown,
  stopRequest: StopRequest | undefined,
  limit: number = LIMITS.resultBytes,
): AttemptExit => {
  if (stopRequest?.reason === 'lease_lost') return { outcome: 'stopped' };
  const issue = findUnwritable(result);
  if (issue) return failed(unwritableResult(issue));
  let text: string | undefined;
  try {
    text = JSON.stringify(result);
  } catch (error) {
    const message = `the result cannot be written as JSON: ${messageOf(error)}`;
    return failed({ code: 'HANDLER_FAILED', message, retryable: false });
  }
  if (text === undefined) return { outcome: 'completed' };
  if (!exceedsBytes(text, limit)) return { outcome: 'completed', result: text };
  const message = `the result has more than ${limit} bytes as JSON (${text.length} characters)`;
  return failed({ code: 'RESULT_TOO_LARGE', message });
};

const failed = (error: ExitError): AttemptExit => ({ outcome: 'failed', error });

/** What a payload is refused for fails an attempt: JSON would falsify it without a word. */
const unwritableResult = ({ field, message }: Issue): ExitError => {
  const named = { field: field === '' ? 'result' : `result.${field}`, message };
  return {
    code: 'HANDLER_FAILED',
    message: `the result cannot be written as JSON: ${named.field}: ${message}`,
    issues: [named],
    retryable: false,
  };
};

/**
 * The exit of a handler that threw. One that ended at a safe point goes on later, one that ended because it was requested to has not
 * failed; one that is being preempted and fails for a reason of its own has. Never throws.
 */
export const classifyError = (error: unknown, context: ExitContext): AttemptExit => {
  try {
    return classified(error, context);
  } catch (fault) {
    const message = `the error of the handler cannot be reported: ${messageOf(fault)}`;
    return failed({ code: 'HANDLER_FAILED', message });
  }
};

const classified = (error: unknown, { interruption, run }: ExitContext): AttemptExit => {
  const { stopRequest, yieldRequest } = interruption;
  if (stopRequest?.reason === 'lease_lost') return { outcome: 'stopped' };
  if (isAppError(error) && error.code === 'ROLLBACK_FAILED') return rollbackFailed(error, stopRequest);
  if (goesOnElsewhere(stopRequest) && isFrom(error, isYield))
    return yieldRequest === undefined && run >= LIMITS.runs ? tooManyRuns(run) : { outcome: 'yielded' };
  if (stopRequest === undefined) return failed(failureOf(error));
  if (stopRequest.reason === 'shutdown') return { outcome: 'returned' };
  if (stopRequest.reason === 'preempted' && !isFrom(error, (cause) => isStop(cause, stopRequest)))
    return failed(failureOf(error));
  return wasKilled(error) ? { outcome: 'stopped', error: failureOf(error) } : { outcome: 'stopped' };
};

/** Code that ended by itself needs no word; the engine records a forced end as one. */
const wasKilled = (error: unknown): boolean =>
  isAppError(error) && fieldOf(fieldOf(fieldOf(error, 'extras'), 'details'), 'signal') === 'SIGKILL';

/** A task that was stopped for these reasons goes on elsewhere; for the others it ends, or begins another attempt. */
export const goesOnElsewhere = (stopRequest: StopRequest | undefined): boolean =>
  stopRequest === undefined || stopRequest.reason === 'preempted' || stopRequest.reason === 'shutdown';

/** Code that is requested to yield goes on later, however often. Unrequested it could do so for ever, and no client would hear of it. */
const tooManyRuns = (run: number): AttemptExit => {
  const fact = `the task yielded unasked in run ${run} of at most ${LIMITS.runs}`;
  const message = `${fact}: do more in each run, or submit what is left as another task`;
  return failed({ code: 'HANDLER_FAILED', message, retryable: false });
};

/** What earlier runs left could not be undone: a fact that a stop does not change, and no retry mends. */
const rollbackFailed = (error: unknown, stopRequest: StopRequest | undefined): AttemptExit => ({
  outcome: goesOnElsewhere(stopRequest) ? 'failed' : 'stopped',
  error: { ...failureOf(error), retryable: false },
});

/** An error that handlers wrapped on its way is still what it was. */
const isFrom = (error: unknown, isIt: (cause: unknown) => boolean): boolean => {
  let cause = error;
  for (let depth = 0; depth < CAUSES_MAX; depth++) {
    if (isIt(cause)) return true;
    cause = fieldOf(cause, 'cause');
    if (cause === undefined) return false;
  }
  return false;
};

/**
 * The reason of the signal, also when it was passed on with another grace time; what the platform throws for an aborted signal; and the
 * code with which executors say that they were stopped.
 */
const isStop = (error: unknown, stopRequest: StopRequest): boolean => {
  if (isAppError(error)) return error.code === 'CANCELLED';
  if (isError(error)) return errorName(error) === 'AbortError';
  return fieldOf(error, 'reason') === stopRequest.reason && typeof fieldOf(error, 'graceMs') === 'number';
};

const failureOf = (error: unknown): ExitError => {
  const { details, issues, ...problem } = problemOf(error, 'HANDLER_FAILED');
  const isOurs = isAppError(error);
  const name = isOurs ? undefined : errorName(error);
  return {
    ...problem,
    ...writable({ issues }),
    ...writable({ details: isOurs ? details : { stack: stackTextOf(error) } }),
    ...(name !== undefined && { name: cutText(name, NAME_CHARS) }),
    ...(isFinal(error, details) && { retryable: false }),
  } as ExitError;
};

const isFinal = (error: unknown, details: unknown): boolean =>
  fieldOf(details, 'retryable') === false || fieldOf(error, 'retryable') === false;

/** Issues and details are for people; one that cannot travel must not take the report with it. */
const writable = (field: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  try {
    const text = JSON.stringify(field);
    return text.length <= DETAILS_CHARS ? (JSON.parse(text) as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
};
