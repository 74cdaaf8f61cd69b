import { catalogue, fieldOf, problemOf, retryDelayOf } from '@precedent/kernel';
import type { ErrorCode, ErrorRow, Problem } from '@precedent/kernel';
import type { OperationPlace } from '@precedent/contracts';
import { HttpRefusal } from '@precedent/web-server';

/** The body of every error: RFC 9457, with the fields of our catalogue. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retry: ErrorRow['retry'];
  readonly remedy: string;
  readonly issues?: Problem['issues'];
  readonly retryAfterMs?: number;
  readonly details?: Problem['details'];
  /** Of a 503: the groups of operations that do without what is away. */
  readonly unaffected?: readonly OperationPlace['group'][];
}

const UNAFFECTED: Readonly<Partial<Record<ErrorCode, ProblemDocument['unaffected']>>> = {
  ENGINE_NOT_RUNNING: ['history', 'search', 'webhooks'],
  JOURNAL_UNAVAILABLE: ['history', 'search', 'webhooks'],
  HISTORY_UNAVAILABLE: ['submit', 'task', 'search', 'access', 'webhooks'],
  VECTORS_UNAVAILABLE: ['submit', 'task', 'history', 'access', 'webhooks'],
  NATS_UNREACHABLE: [],
};

export const PROBLEM_TYPE = 'application/problem+json';

export const problemDocument = ({
  code,
  message,
  issues,
  retryAfterMs,
  details,
}: Problem): ProblemDocument => {
  const { http: status, summary: title, retry, remedy } = catalogue[code];
  const unaffected = UNAFFECTED[code];
  return {
    type: `urn:precedent:error:${code}`,
    title,
    status,
    detail: message,
    code,
    retry,
    remedy,
    ...(issues && { issues }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(details && { details }),
    ...(unaffected && { unaffected }),
  };
};

/** Seconds of the header Retry-After; `undefined` where waiting does not help. */
export const retryAfterOf = (document: ProblemDocument): number | undefined => {
  const delayMs = retryDelayOf(document);
  return delayMs === undefined ? undefined : Math.ceil(delayMs / 1_000);
};

/** Of anything that was thrown. What fastify itself refuses, such as a body that is too large, becomes an error of our catalogue. */
export const documentOfError = (error: unknown, contentType = 'none'): ProblemDocument => {
  if (error instanceof HttpRefusal) return { ...documentOf(error, 'INTERNAL'), status: error.statusCode };
  const status = statusOf(error);
  if (status === 415) return problemDocument(wrongType(contentType));
  if (status === 413) return documentOf(error, 'PAYLOAD_TOO_LARGE');
  return documentOf(error, status >= 400 && status < 500 ? 'INVALID_REQUEST' : 'INTERNAL');
};

const documentOf = (error: unknown, fallback: ErrorCode): ProblemDocument =>
  problemDocument(problemOf(error, fallback));

const statusOf = (error: unknown): number => {
  const status = fieldOf(error, 'statusCode');
  return typeof status === 'number' ? status : 0;
};

const wrongType = (contentType: string): Problem => {
  const message = `expected application/json, or application/x-ndjson for a stream of tasks, got ${contentType}`;
  return {
    code: 'INVALID_REQUEST',
    message: `Content-Type: ${message}`,
    issues: [{ field: 'Content-Type', message }],
  };
};
