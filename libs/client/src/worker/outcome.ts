import { LIMITS } from '@precedent/contracts';
import type { SettledReport } from '@precedent/contracts';
import { isAppError, problemOf } from '@precedent/kernel';
import { exceeds } from '../json.ts';
import type { StopRequest } from './options.ts';

/** What a report is about, and why its code had been told to stop, if it had. */
export interface Ended {
  readonly id: string;
  readonly epoch: number;
  readonly stopped: StopRequest | undefined;
}

type Failure = NonNullable<SettledReport['error']>;

const NAME_CHARS = 100;
const DETAILS_CHARS = 64 * 1024;

/** The report of a handler that returned, as JSON; the result is written only once. `limit`: bytes of the result. */
export const returnedReport = (ended: Ended, result: unknown, limit: number = LIMITS.resultBytes): string => {
  if (ended.stopped?.reason === 'lease_lost') return bareReport(ended, 'stopped');
  let text: string | undefined;
  try {
    text = JSON.stringify(result);
  } catch (error) {
    const message = `the result cannot be written as JSON: ${messageOf(error)}`;
    return failureReport(ended, { code: 'HANDLER_FAILED', message, retryable: false });
  }
  if (text === undefined) return bareReport(ended, 'completed');
  if (!exceeds(text, limit)) return `${head(ended, 'completed')},"result":${text}}`;
  const message = `the result has more than ${limit} bytes as JSON (${text.length} characters)`;
  return failureReport(ended, { code: 'RESULT_TOO_LARGE', message });
};

/** The report of a handler that threw. One that ended because it was told to has not failed. */
export const thrownReport = (ended: Ended, error: unknown): string => {
  if (ended.stopped?.reason === 'shutdown') return bareReport(ended, 'returned');
  if (ended.stopped) return bareReport(ended, 'stopped');
  return failureReport(ended, failureOf(error));
};

/** A report without result or error: never started or given back (`returned`), or ended as told (`stopped`). */
export const bareReport = (ended: Omit<Ended, 'stopped'>, outcome: SettledReport['outcome']): string =>
  `${head(ended, outcome)}}`;

/** Written by hand, because thousands a second are: ids have no character that JSON would escape. */
const head = ({ id, epoch }: Omit<Ended, 'stopped'>, outcome: SettledReport['outcome']): string =>
  `{"id":"${id}","epoch":${epoch},"outcome":"${outcome}"`;

const failureReport = (ended: Ended, failure: Failure): string =>
  `${head(ended, 'failed')},"error":${JSON.stringify(failure)}}`;

const failureOf = (error: unknown): Failure => {
  const { details, message, ...problem } = problemOf(error, 'HANDLER_FAILED');
  const name = error instanceof Error && !isAppError(error) ? error.name : undefined;
  return {
    ...problem,
    message: message.slice(0, LIMITS.errorMessageChars),
    ...(details && isWritable(details) && { details }),
    ...(name !== undefined && { name: name.slice(0, NAME_CHARS) }),
    ...(isFinal(error, details) && { retryable: false }),
  } as Failure;
};

const isFinal = (error: unknown, details: Readonly<Record<string, unknown>> | undefined): boolean =>
  details?.['retryable'] === false ||
  (typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === false);

/** Details are for people; one that cannot travel must not take the report with it. */
const isWritable = (details: unknown): boolean => {
  try {
    return JSON.stringify(details).length <= DETAILS_CHARS;
  } catch {
    return false;
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
