import { createContextKey } from '@connectrpc/connect';
import type { HandlerContext } from '@connectrpc/connect';
import { AppError } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { tokenIn } from '@precedent/ports';
import type { Authenticate, CallerSession, OperationCalls } from '@precedent/ports';
import { rpcStatusOf } from './status.ts';

/** What the RPCs need of the gateway. */
export interface RpcOptions {
  readonly calls: OperationCalls;
  readonly authenticate: Authenticate;
  /** How long the client of a stream may send nothing. Milliseconds. */
  readonly stallMs: number;
  /** Aborted when the gateway stops: streams end then. */
  readonly stopping: AbortSignal;
  readonly onFault: (problem: Problem) => void;
}

/** The address from which a request came. */
export const PEER = createContextKey('');

const SESSION = createContextKey<CallerSession | undefined>(undefined);

export const rpcSessionOf = ({ values }: HandlerContext): CallerSession => {
  const session = values.get(SESSION);
  if (session === undefined) throw new AppError('UNAUTHENTICATED', 'the call has no credential');
  return session;
};

/** Checks the credential of a call before anything of its body is read. */
export const credentialGate =
  ({ authenticate, onFault }: RpcOptions) =>
  async ({ requestHeader, values }: HandlerContext): Promise<void> => {
    try {
      const token = tokenIn(requestHeader.get('authorization') ?? undefined);
      values.set(SESSION, await authenticate(token, values.get(PEER)));
    } catch (error) {
      throw rpcStatusOf(error, onFault);
    }
  };

export const rpcTraceparentOf = ({ requestHeader }: HandlerContext): string | undefined =>
  requestHeader.get('traceparent') ?? undefined;
