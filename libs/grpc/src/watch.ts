import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import { AppError, unlessAborted } from '@precedent/kernel';
import { FIRST_SEQUENCE, callerFor, tokenIn, untilVerdict, watchCredential } from '@precedent/ports';
import type { StreamedEvent, TaskEvents, TaskEventsRequest, WatchedCredential } from '@precedent/ports';
import type { OpenStreams } from '@precedent/web-server';
import { PEER, failedCall, rpcSessionOf } from './call-context.ts';
import type { RpcOptions } from './call-context.ts';
import { jsonOf } from './json-of.ts';
import { protoMessageOf } from './message-of.ts';

export interface WatchRpcOptions extends RpcOptions {
  readonly events: TaskEvents;
  readonly open: OpenStreams;
}

type Fields = Readonly<Record<string, unknown>>;

/** Between two looks at the credential of a stream. Milliseconds. */
const CREDENTIAL_MS = 15_000;

type Watch = (request: Message, context: HandlerContext) => AsyncGenerator<Message>;

/** What a stream throws, from its first step on, becomes the status of the call. */
const withStatus = ({ onFault }: WatchRpcOptions, watch: Watch): Watch =>
  async function* (request, context) {
    try {
      yield* watch(request, context);
    } catch (error) {
      throw failedCall(error, context, onFault);
    }
  };

/** The events that the request describes, from the sequence that it names on. */
export const watchTasks = ({ input, output }: DescMethod, options: WatchRpcOptions) =>
  withStatus(options, async function* (request, context) {
    const { after, ...filter } = jsonOf(input, request);
    const caller = callerFor(rpcSessionOf(context), filter['namespace']);
    const source = { caller, filter, after: after as string | undefined };
    for await (const item of watched(source, context, options)) yield protoMessageOf(output, fieldsOf(item));
  });

/** The events of one task, to its verdict; by default from its submission on. */
export const watchTask = ({ input, output }: DescMethod, options: WatchRpcOptions) =>
  withStatus(options, async function* (request, context) {
    const { id, namespace, after = FIRST_SEQUENCE } = jsonOf(input, request);
    const caller = callerFor(rpcSessionOf(context), namespace);
    // Refuses a task that there is not, or that the caller may not see.
    await options.calls.call({ group: 'task', verb: 'get', request: { id }, caller });
    const source = { caller, filter: { task: String(id) }, after: String(after) };
    for await (const item of untilVerdict(watched(source, context, options)))
      yield protoMessageOf(output, fieldsOf(item));
  });

const fieldsOf = (item: StreamedEvent): Fields => {
  if (item.kind === 'event') return { event: item.event };
  return item.kind === 'gap' ? { gap: { from: item.from, to: item.to } } : { position: item.at };
};

/** Ends with the credential, the call and the gateway, whichever ends first. */
async function* watched(
  source: Omit<TaskEventsRequest, 'signal'>,
  context: HandlerContext,
  options: WatchRpcOptions,
): AsyncGenerator<StreamedEvent> {
  const leave = options.open.add(rpcSessionOf(context));
  const over = new AbortController();
  const stop = watchCredential(credentialOf(context, options), (reason) => over.abort(reason));
  const signal = AbortSignal.any([context.signal, options.stopping, over.signal]);
  const items = options.events.events({ ...source, signal })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await unlessAborted(items.next(), signal);
      if (done === true) return;
      yield value;
    }
  } catch (error) {
    if (over.signal.aborted) throw over.signal.reason;
    throw options.stopping.aborted ? new AppError('ENGINE_NOT_RUNNING', 'the gateway stops') : error;
  } finally {
    leave();
    stop();
    over.abort();
    void items.return?.().catch(() => undefined);
  }
}

const credentialOf = (
  { requestHeader, values }: HandlerContext,
  { authenticate }: WatchRpcOptions,
): WatchedCredential => ({
  authenticate,
  token: tokenIn(requestHeader.get('authorization') ?? undefined),
  from: values.get(PEER),
  intervalMs: CREDENTIAL_MS,
});
