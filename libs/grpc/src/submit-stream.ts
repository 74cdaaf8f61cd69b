import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import type { SubmitReply } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { callerFor, submitWithBackpressure } from '@precedent/ports';
import type { SubmitAll } from '@precedent/ports';
import { readBatches } from './batches.ts';
import { failedCall, rpcSessionOf, rpcTraceparentOf } from './call-context.ts';
import type { RpcOptions } from './call-context.ts';
import { jsonOf } from './json-of.ts';
import { protoMessageOf } from './message-of.ts';
import { DEFAULT_BAND, taskIn } from './unary.ts';

const BATCH_TASKS = 500;

/** A result for each task, in order. The client is read only as fast as its tasks are committed and its results are taken. */
export const submitStream = ({ input, output }: DescMethod, options: RpcOptions) =>
  async function* (requests: AsyncIterable<Message>, context: HandlerContext): AsyncGenerator<Message> {
    const { stallMs, stopping, onFault } = options;
    const signal = AbortSignal.any([context.signal, stopping]);
    let index = 0;
    try {
      for await (const batch of readBatches(requests, { size: BATCH_TASKS, stallMs, signal })) {
        const tasks = batch.map((request) => taskIn(jsonOf(input, request)));
        const submit = submitterOf(tasks[0]?.['namespace'], context, options);
        for (const reply of await submitWithBackpressure(tasks, submit, signal))
          yield protoMessageOf(output, {
            index: index++,
            ...('error' in reply ? reply : { accepted: reply }),
          });
      }
    } catch (error) {
      const reason = stopping.aborted ? new AppError('ENGINE_NOT_RUNNING', 'the gateway stops') : error;
      throw failedCall(reason, context, onFault);
    }
  };

/** The namespace of a batch is that of its first task, as in a list. */
const submitterOf = (namespace: unknown, context: HandlerContext, { calls }: RpcOptions): SubmitAll => {
  const caller = callerFor(rpcSessionOf(context), namespace);
  const traceparent = rpcTraceparentOf(context);
  return async (request) => {
    const call = { group: 'submit', verb: DEFAULT_BAND, request, caller, traceparent };
    return (await calls.call(call)) as readonly SubmitReply[];
  };
};
