import { ConnectError } from '@connectrpc/connect';
import { catalogue, problemOf, retryDelayOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { messageNamed } from './registry.ts';

type Details = NonNullable<ConstructorParameters<typeof ConnectError>[3]>;

/** Who the codes belong to, in `google.rpc.ErrorInfo`. */
export const ERROR_DOMAIN = 'precedent';

/** The status of a call that failed, with what a client can do about it. What the transport itself refuses stays as it is. */
export const rpcStatusOf = (error: unknown, onFault: (problem: Problem) => void): ConnectError => {
  if (error instanceof ConnectError) return error;
  const problem = problemOf(error);
  if (catalogue[problem.code].http === 500) onFault(problem);
  // A message may quote the request. The header that has it is made by `encodeURIComponent`, which fails for half a character.
  const message = problem.message.toWellFormed();
  return new ConnectError(message, catalogue[problem.code].grpc, undefined, detailsOf(problem));
};

const detailsOf = (problem: Problem): Details => {
  const { code, issues = [], details } = problem;
  const { retry, remedy } = catalogue[code];
  const metadata = { retry, remedy, ...(details && { details: JSON.stringify(details) }) };
  const delayMs = retryDelayOf(problem);
  const violations = issues.map(({ field, message }) => ({ field, description: message }));
  return [
    detail('google.rpc.ErrorInfo', { reason: code, domain: ERROR_DOMAIN, metadata }),
    ...(violations.length > 0 ? [detail('google.rpc.BadRequest', { fieldViolations: violations })] : []),
    ...(delayMs === undefined ? [] : [detail('google.rpc.RetryInfo', { retryDelay: durationOf(delayMs) })]),
  ];
};

const detail = (type: string, value: Details[number]['value']): Details[number] => ({
  desc: messageNamed(type),
  value,
});

const durationOf = (ms: number) => ({
  seconds: BigInt(Math.floor(ms / 1_000)),
  nanos: Math.round(ms % 1_000) * 1_000_000,
});
