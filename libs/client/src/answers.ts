import type { Msg } from '@nats-io/nats-core';
import type { ErrorCode, Issue, Problem } from '@precedent/kernel';
import { AppError, errorOf, isErrorCode } from '@precedent/kernel';

/** What a NATS micro service says in its own words, when the handler's answer carries no problem. */
const SERVICE_CODES: Record<number, ErrorCode> = {
  400: 'INVALID_REQUEST',
  404: 'TASK_NOT_FOUND',
  503: 'ENGINE_NOT_RUNNING',
};

/** The body of an answer; throws the error that it carries, in its body or in the headers of a NATS service. */
export const answerBody = (message: Msg): unknown => {
  const body = parse(message);
  const problem = problemIn(body) ?? serviceProblem(message);
  if (problem) throw errorOf(problem);
  return body;
};

/** `{"error": …}` as a problem; `undefined` when the value is no error. A failed task has one too, next to its id. */
export const problemIn = (body: unknown): Problem | undefined => {
  if (typeof body !== 'object' || body === null || !('error' in body) || 'id' in body) return undefined;
  return problemFrom(body.error);
};

/** A problem as it came over the wire. A code that this version does not know becomes INTERNAL, with the code kept. */
export const problemFrom = (value: unknown): Problem => {
  if (!isRecord(value))
    return { code: 'INTERNAL', message: `an error without a code: ${JSON.stringify(value)}` };
  const { code, message, issues, retryAfterMs, details } = value;
  const text = typeof message === 'string' ? message : 'no message';
  if (!isErrorCode(code)) return { code: 'INTERNAL', message: text, details: { code } };
  return {
    code,
    message: text,
    ...(Array.isArray(issues) && { issues: issues as Issue[] }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    ...(isRecord(details) && { details }),
  };
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parse = (message: Msg): unknown => {
  if (message.data.length === 0) return undefined;
  try {
    return message.json();
  } catch (cause) {
    throw new AppError('INTERNAL', `an answer of ${message.data.length} bytes is not JSON`, { cause });
  }
};

const serviceProblem = (message: Msg): Problem | undefined => {
  const code = message.headers?.get('Nats-Service-Error-Code');
  if (!code) return undefined;
  const text = message.headers?.get('Nats-Service-Error') ?? '';
  return { code: SERVICE_CODES[Number(code)] ?? 'INTERNAL', message: text || `the service answered ${code}` };
};
