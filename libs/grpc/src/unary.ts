import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import type { SubmitReply } from '@precedent/contract-types';
import { AppError, errorOf, isBand } from '@precedent/kernel';
import { callerFor, withIdempotencyKey } from '@precedent/ports';
import type { OperationCall } from '@precedent/ports';
import { failedCall, rpcSessionOf, rpcTraceparentOf } from './call-context.ts';
import type { RpcOptions } from './call-context.ts';
import { jsonOf } from './json-of.ts';
import { protoMessageOf } from './message-of.ts';
import type { GrpcOperation } from './methods.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Of a task that names none. */
export const DEFAULT_BAND = 'normal';
/** The deadline itself ends a call: the services may take this much longer. Milliseconds. */
const MARGIN_MS = 1_000;

/** The implementation of an RPC that is one operation. */
export const unaryCall =
  (one: GrpcOperation, { input, output }: DescMethod, { calls, onFault }: RpcOptions) =>
  async (message: Message, context: HandlerContext): Promise<Message> => {
    try {
      const fields = jsonOf(input, message);
      const reply = await calls.call(callOf(one, fields, context));
      return protoMessageOf(output, { [output.fields[0]?.jsonName ?? '']: accepted(reply, one) });
    } catch (error) {
      throw failedCall(error, context, onFault);
    }
  };

const callOf = (one: GrpcOperation, fields: Fields, context: HandlerContext): OperationCall => {
  const { group, verb } = one.operation;
  const request = requestOf(one, fields, context);
  const { namespace = fields['namespace'], band } = request;
  const remainingMs = context.timeoutMs();
  return {
    group,
    verb: group === 'submit' ? (isBand(band) ? band : DEFAULT_BAND) : verb,
    request,
    caller: callerFor(rpcSessionOf(context), namespace),
    traceparent: rpcTraceparentOf(context),
    signal: context.signal,
    ...(remainingMs !== undefined && { timeoutMs: remainingMs + MARGIN_MS }),
  };
};

const requestOf = (one: GrpcOperation, fields: Fields, { requestHeader }: HandlerContext): Fields => {
  const { namespace: _, ...others } = fields;
  if (!one.takesTask) return one.addsNamespace ? others : fields;
  const task = taskIn(fields);
  return one.operation.group === 'submit'
    ? (withIdempotencyKey(task, requestHeader.get('idempotency-key') ?? undefined) as Fields)
    : task;
};

/** Throws INVALID_REQUEST where there is none: an empty message is a task too, but the absence of one is a mistake. */
export const taskIn = ({ task }: Fields): Fields => {
  if (typeof task === 'object' && task !== null) return task as Fields;
  throw new AppError('INVALID_REQUEST', 'task: is missing', {
    issues: [{ field: 'task', message: 'is missing' }],
  });
};

/** The reply, or the refusal of the only task that was submitted. */
const accepted = (reply: unknown, { operation }: GrpcOperation): unknown => {
  if (operation.group === 'submit' && 'error' in (reply as SubmitReply))
    throw errorOf((reply as { readonly error: Parameters<typeof errorOf>[0] }).error);
  return reply;
};
