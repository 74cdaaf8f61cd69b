import { LIMITS } from '@precedent/contracts';
import type { SettledLease } from '@precedent/contracts';
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
import type { StopRequest } from '../handler.ts';
import { isYield } from '../yield-signal.ts';
import type { YieldRequest } from '../yield-signal.ts';

/** What a report is about, and why its code had been told to stop, if it had. */
export interface Ended {
  readonly id: string;
  readonly epoch: number;
  readonly stopped: StopRequest | undefined;
}

/** And which run of its task it was, and whether it had been asked to yield. */
export interface EndedRun extends Ended {
  readonly run: number;
  readonly yieldAsked: YieldRequest | undefined;
}

type Name = Omit<Ended, 'stopped'>;

type Failure = NonNullable<SettledLease['error']>;

const NAME_CHARS = 100;
const CAUSES_MAX = 8;
const DETAILS_CHARS = 64 * 1024;

/** The report of a handler that returned, as JSON; the result is written only once. `limit`: bytes of the result. */
export const returnedReport = (ended: Ended, result: unknown, limit: number = LIMITS.resultBytes): string => {
  if (ended.stopped?.reason === 'lease_lost') return bareReport(ended, 'stopped');
  const issue = findUnwritable(result);
  if (issue) return failureReport(ended, unwritableResult(issue));
  let text: string | undefined;
  try {
    text = JSON.stringify(result);
  } catch (error) {
    const message = `the result cannot be written as JSON: ${messageOf(error)}`;
    return failureReport(ended, { code: 'HANDLER_FAILED', message, retryable: false });
  }
  if (text === undefined) return bareReport(ended, 'completed');
  if (!exceedsBytes(text, limit)) return `${head(ended, 'completed')},"result":${text}}`;
  const message = `the result has more than ${limit} bytes as JSON (${text.length} characters)`;
  return failureReport(ended, { code: 'RESULT_TOO_LARGE', message });
};

/** What a payload is refused for fails an attempt: JSON would falsify it without a word. */
const unwritableResult = ({ field, message }: Issue): Failure => {
  const named = { field: field === '' ? 'result' : `result.${field}`, message };
  return {
    code: 'HANDLER_FAILED',
    message: `the result cannot be written as JSON: ${named.field}: ${message}`,
    issues: [named],
    retryable: false,
  };
};

/**
 * The report of a handler that threw. One that ended at a safe point goes on later, one that ended because it was told to has
 * not failed; one that is being preempted and fails for a reason of its own has.
 */
export const thrownReport = (ended: EndedRun, error: unknown): string => {
  try {
    return reportOf(ended, error);
  } catch (fault) {
    const message = `the error of the handler cannot be reported: ${messageOf(fault)}`;
    return failureReport(ended, { code: 'HANDLER_FAILED', message });
  }
};

const reportOf = (ended: EndedRun, error: unknown): string => {
  const { stopped } = ended;
  if (stopped?.reason === 'lease_lost') return bareReport(ended, 'stopped');
  if (isAppError(error) && error.code === 'ROLLBACK_FAILED') return rollbackReport(ended, error);
  if (goesOn(stopped) && isFrom(error, isYield)) return yieldReport(ended);
  if (stopped === undefined) return failureReport(ended, failureOf(error));
  if (stopped.reason === 'shutdown') return bareReport(ended, 'returned');
  if (stopped.reason === 'preempted' && !isFrom(error, (cause) => isStop(cause, stopped)))
    return failureReport(ended, failureOf(error));
  return bareReport(ended, 'stopped');
};

/** A task that was stopped for these reasons goes on elsewhere; for the others it ends, or begins another attempt. */
const goesOn = (stopped: StopRequest | undefined): boolean =>
  stopped === undefined || stopped.reason === 'preempted' || stopped.reason === 'shutdown';

/** Whoever is asked goes on later, however often. Unasked it could do so for ever, and nobody would hear of it. */
const yieldReport = (ended: EndedRun): string => {
  const { run, yieldAsked } = ended;
  if (yieldAsked !== undefined || run < LIMITS.runs) return bareReport(ended, 'yielded');
  const fact = `the task yielded unasked in run ${run} of at most ${LIMITS.runs}`;
  const message = `${fact}: do more in each run, or submit what is left as another task`;
  return failureReport(ended, { code: 'HANDLER_FAILED', message, retryable: false });
};

/** A report without result or error: never started or given back (`returned`), or ended as told (`stopped`). */
export const bareReport = (ended: Name, outcome: SettledLease['outcome']): string =>
  `${head(ended, outcome)}}`;

/** Written by hand, because thousands a second are: ids have no character that JSON would escape. */
const head = ({ id, epoch }: Name, outcome: SettledLease['outcome']): string =>
  `{"id":"${id}","epoch":${epoch},"outcome":"${outcome}"`;

const failureReport = (ended: Ended, failure: Failure, outcome: SettledLease['outcome'] = 'failed'): string =>
  `${head(ended, outcome)},"error":${JSON.stringify(failure)}}`;

/** What earlier runs left could not be undone: a fact that a stop does not change, and no retry mends. */
const rollbackReport = (ended: Ended, error: unknown): string => {
  const reason = ended.stopped?.reason;
  const outcome = reason === 'cancelled' || reason === 'timeout' ? 'stopped' : 'failed';
  return failureReport(ended, { ...failureOf(error), retryable: false }, outcome);
};

/** An error that handlers wrapped on its way is still what it was. */
const isFrom = (error: unknown, isOne: (cause: unknown) => boolean): boolean => {
  let cause = error;
  for (let depth = 0; depth < CAUSES_MAX; depth++) {
    if (isOne(cause)) return true;
    cause = fieldOf(cause, 'cause');
    if (cause === undefined) return false;
  }
  return false;
};

/**
 * The reason of the signal, also one that was passed on with other terms; what the platform throws for an aborted signal; and
 * the code under which executors say that they were stopped.
 */
const isStop = (error: unknown, stopped: StopRequest): boolean => {
  if (isAppError(error)) return error.code === 'CANCELLED';
  if (isError(error)) return errorName(error) === 'AbortError';
  return fieldOf(error, 'reason') === stopped.reason && typeof fieldOf(error, 'graceMs') === 'number';
};

const failureOf = (error: unknown): Failure => {
  const { details, issues, ...problem } = problemOf(error, 'HANDLER_FAILED');
  const name = isAppError(error) ? undefined : errorName(error);
  return {
    ...problem,
    ...writable({ issues }),
    ...writable({ details }),
    ...(name !== undefined && { name: cutText(name, NAME_CHARS) }),
    ...(isFinal(error, details) && { retryable: false }),
  } as Failure;
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
