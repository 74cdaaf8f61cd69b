import { createContextKey } from '@connectrpc/connect';
import type { Code, ConnectError, HandlerContext } from '@connectrpc/connect';
import { AppError } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { tokenIn } from '@precedent/ports';
import type {
  Authenticate,
  CallerSession,
  GatewayTelemetry,
  OperationCalls,
  RequestSpan,
} from '@precedent/ports';
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
  readonly telemetry: GatewayTelemetry;
}

/** The address from which a request came. */
export const PEER = createContextKey('');

/** Of the call, where it is traced. */
export const SPAN = createContextKey<RequestSpan | undefined>(undefined);

/** With what the call failed. */
export const FAILED_WITH = createContextKey<Code | undefined>(undefined);

const SESSION = createContextKey<CallerSession | undefined>(undefined);

export const rpcSessionOf = ({ values }: HandlerContext): CallerSession => {
  const session = values.get(SESSION);
  if (session === undefined) throw new AppError('UNAUTHENTICATED', 'the call has no credential');
  return session;
};

/** Checks the credential of a call before anything of its body is read. */
export const credentialGate =
  ({ authenticate, onFault }: RpcOptions) =>
  async (context: HandlerContext): Promise<void> => {
    const { requestHeader, values } = context;
    try {
      const token = tokenIn(requestHeader.get('authorization') ?? undefined);
      values.set(SESSION, await authenticate(token, values.get(PEER)));
    } catch (error) {
      throw failedCall(error, context, onFault);
    }
  };

/** The trace context of what is behind a call: its span, or what its client sent. */
export const rpcTraceparentOf = ({ requestHeader, values }: HandlerContext): string | undefined =>
  values.get(SPAN)?.traceparent ?? requestHeader.get('traceparent') ?? undefined;

/** The status of a call that failed, which is noted for telemetry. */
export const failedCall = (
  error: unknown,
  { values }: HandlerContext,
  onFault: RpcOptions['onFault'],
): ConnectError => {
  const status = rpcStatusOf(error, onFault);
  values.set(FAILED_WITH, status.code);
  return status;
};
