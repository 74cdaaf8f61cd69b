import { Code } from '@connectrpc/connect';
import type { ContextValues } from '@connectrpc/connect';
import type { GatewayTelemetry } from '@precedent/ports';
import { FAILED_WITH, SPAN } from './call-context.ts';
import type { AnyRequest, AnyResponse } from './transport.ts';

interface Call {
  readonly request: AnyRequest;
  readonly response: AnyResponse;
  readonly values: ContextValues;
  /** Such as `precedent.v1.TaskService/GetTaskStatus`. */
  readonly method: string;
}

export interface ObservedCall {
  /** Of gRPC, complete at the end of the answer. */
  trailer?: Headers;
}

/** Reports a call when its answer has been sent, or its client has left. */
export const observedCall = (call: Call, telemetry: GatewayTelemetry): ObservedCall => {
  const { request, response, values, method } = call;
  const observed: ObservedCall = {};
  const begunAt = performance.now();
  const traceparent = request.headers['traceparent'];
  const span = telemetry.begin(typeof traceparent === 'string' ? traceparent : undefined);
  if (span) values.set(SPAN, span);
  response.once('close', () => {
    const ms = performance.now() - begunAt;
    const code = codeText(codeOf(call, observed));
    telemetry.emit({ name: 'rpc.call', at: Date.now() - ms, ms, method, code, span });
  });
  return observed;
};

/** gRPC-Web and Connect have no trailer: what a call failed with was noted. */
const codeOf = ({ response, values }: Call, { trailer }: ObservedCall): number => {
  if (!response.writableEnded) return Code.Canceled;
  const status = trailer?.get('grpc-status') ?? null;
  return status === null ? (values.get(FAILED_WITH) ?? OK) : Number(status);
};

const OK = 0;

/** `InvalidArgument` → `INVALID_ARGUMENT`; gRPC spells one of them in another way than the library. */
const codeText = (code: number): string => {
  if (code === OK) return 'OK';
  if (code === Code.Canceled) return 'CANCELLED';
  const name: string | undefined = Code[code];
  return name === undefined ? 'UNKNOWN' : name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
};
