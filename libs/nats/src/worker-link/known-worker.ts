import { ANY } from '@precedent/contract-types';
import type { Grant, WorkerHello } from '@precedent/contract-types';
import { sessionOf } from '@precedent/contracts';
import type { CompiledPrincipal } from '@precedent/access';
import type { EpochMs, Problem } from '@precedent/kernel';
import { readWorkerMessage } from './worker-messages.ts';
import type { CheckedWorkerMessage } from './worker-messages.ts';

export interface KnownSender {
  readonly credential: string;
  /** `undefined`: no valid credential has this id. */
  readonly principal: CompiledPrincipal | undefined;
  readonly now: EpochMs;
}

/**
 * A message of a worker with a credential. Its session is of that credential, whatever the message says, so that no worker can speak for
 * the session of another one.
 */
export const workerMessageOf = (
  { credential, principal, now }: KnownSender,
  data: Uint8Array,
): CheckedWorkerMessage => {
  if (principal === undefined) return invalid(notValid(credential));
  const message = readWorkerMessage(data);
  if (message.kind === 'invalid') return message;
  if (message.kind !== 'hello') return { ...message, session: sessionOf(credential, message.session) };
  const granted = unexpiredGrants(principal, now);
  const problem = poolProblem(message.hello, granted) ?? clearanceProblem(message.hello, granted);
  if (problem) return invalid(problem);
  return {
    kind: 'hello',
    hello: { ...message.hello, session: sessionOf(credential, message.hello.session) },
  };
};

const invalid = (problem: Problem): CheckedWorkerMessage => ({ kind: 'invalid', problem });

const notValid = (credential: string): Problem => ({
  code: 'UNAUTHENTICATED',
  message: `the credential ${credential} is not valid, or not any more`,
});

const unexpiredGrants = ({ principal: { grants } }: CompiledPrincipal, now: EpochMs): readonly Grant[] =>
  grants.filter(({ role, expiresAt = Infinity }) => role === 'worker' && now < expiresAt);

/** Why a worker may not serve the pools that it names. */
const poolProblem = ({ pools }: WorkerHello, granted: readonly Grant[]): Problem | undefined => {
  if (granted.length === 0)
    return { code: 'FORBIDDEN', message: 'a worker needs a grant of the role worker' };
  const allowed = granted.flatMap((grant) => grant.pools ?? [ANY]);
  if (allowed.includes(ANY)) return undefined;
  const wrong = pools.find((pool) => !allowed.includes(pool));
  if (wrong === undefined) return undefined;
  return {
    code: 'FORBIDDEN',
    message: `this worker may not serve pool ${wrong}; its grants allow ${allowed.join(', ')}`,
  };
};

/** Why a worker may not run tasks of the security labels that it names. */
const clearanceProblem = (
  { clearances = [] }: WorkerHello,
  granted: readonly Grant[],
): Problem | undefined => {
  const allowed = granted.flatMap((grant) => grant.clearances ?? []);
  const wrong = allowed.includes(ANY) ? undefined : clearances.find((label) => !allowed.includes(label));
  if (wrong === undefined) return undefined;
  return {
    code: 'FORBIDDEN',
    message: `this worker is not cleared for ${wrong}; its grants allow ${allowed.join(', ') || 'no security label'}`,
  };
};

/** Where access is open everybody is cleared for everything, and a worker that says nothing of clearances too. */
export const openWorker = (message: CheckedWorkerMessage): CheckedWorkerMessage =>
  message.kind === 'hello' && message.hello.clearances === undefined
    ? { ...message, hello: { ...message.hello, clearances: [ANY] } }
    : message;
