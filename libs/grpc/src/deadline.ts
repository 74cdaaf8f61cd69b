import { LIMITS } from '@precedent/contracts';
import { GRPC_OPERATIONS, PACKAGE } from './methods.ts';
import type { AnyRequest } from './transport.ts';

/** Of a call that names no deadline. Seconds. */
const DEADLINE_S = 30;
/** Of one that holds its answer: longer than it may hold it. */
const HOLDING_S = Math.ceil(LIMITS.waitMs / 1_000) + 5;

const UNARY: ReadonlyMap<string, number> = new Map(
  GRPC_OPERATIONS.map(({ service, method, name }) => [
    `/${PACKAGE}.${service}/${method}`,
    name === 'task.wait' ? HOLDING_S : DEADLINE_S,
  ]),
);

/** Whether a request is a call of one operation, with one message. */
export const isUnary = ({ url = '' }: AnyRequest): boolean => UNARY.has(url);

/** Gives a unary call that names no deadline the one of its method, as if its client had sent it. A stream has none. */
export const withDeadline = ({ url = '', headers }: AnyRequest): void => {
  const seconds = UNARY.get(url);
  if (seconds === undefined) return;
  if (headers['content-type']?.startsWith('application/grpc')) headers['grpc-timeout'] ??= `${seconds}S`;
  else headers['connect-timeout-ms'] ??= String(seconds * 1_000);
};
