import { AppError, errorCode, isAppError, messageOf } from '@precedent/kernel';
import type { HttpResponse } from '@precedent/outbound';
import type { HttpCall } from './http-call.ts';
import { resultBodyOf } from './response-body.ts';

const EXCERPT_BYTES = 1_024;
/** The client errors that are temporary. */
const RETRYABLE_4XX = [408, 425, 429];

/** A URL for messages and logs: its query may hold secrets. */
export const plainUrl = (url: URL): string => url.origin + url.pathname;

/** Whether the same call may have another status later. */
export const isRetryable = (status: number): boolean =>
  status >= 500 || RETRYABLE_4XX.includes(status) || status < 300;

/** The error of an answer whose status was not expected. */
export const statusFailure = (call: HttpCall, url: URL, answer: HttpResponse): AppError => {
  const { status, headers } = answer;
  const { body } = resultBodyOf(answer.body, 'text/plain', EXCERPT_BYTES);
  const seconds = Number(headers['retry-after']);
  return new AppError(
    'HTTP_FAILED',
    `${call.method} ${plainUrl(url)} answered ${status}; expected ${call.expected}`,
    {
      ...(seconds > 0 && { retryAfterMs: Math.round(seconds * 1_000) }),
      details: { status, body, url: plainUrl(url), retryable: isRetryable(status) },
    },
  );
};

/** The error of a redirect that is not followed. */
export const redirectFailure = (url: URL, fact: string): AppError =>
  new AppError('HTTP_FAILED', fact, { details: { url: plainUrl(url), retryable: false } });

/** The error of a call whose time is over. */
export const timeFailure = (call: HttpCall): AppError =>
  new AppError(
    'HTTP_FAILED',
    `${call.method} ${plainUrl(call.url)} had no whole answer within ${call.timeoutMs} ms`,
    {
      details: { timeoutMs: call.timeoutMs, retryable: true },
    },
  );

/** The error of a call that the network failed, with the system's code in its message; what is ours is left as it is. */
export const networkFailure = (url: URL, error: unknown): AppError => {
  if (isAppError(error)) return error;
  const code = codeOf(error);
  const reason = messageOf(error);
  const fact = reason.includes(code) ? reason : `${code}: ${reason}`;
  const extras = { cause: error, details: { code, url: plainUrl(url), retryable: true } };
  return new AppError('HTTP_FAILED', `${plainUrl(url)} could not be called: ${fact}`, extras);
};

/** A try of several addresses fails with all their errors in one; the first one speaks for them. */
const codeOf = (error: unknown): string =>
  errorCode(error) ?? (error instanceof AggregateError ? codeOf(error.errors[0]) : 'UNKNOWN');
