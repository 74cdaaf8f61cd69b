import { headers as newHeaders } from '@nats-io/nats-core';
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { LIMITS, namedOperations, operationSubject } from '@precedent/contracts';
import { errorOf, unlessAborted } from '@precedent/kernel';
import type { ErrorCode, Problem } from '@precedent/kernel';
import type { OperationCall, OperationTexts } from '@precedent/ports';
import { linkStateOf } from '../connection/link-state.ts';
import { natsError } from '../connection/nats-errors.ts';
import { Requests } from '../connection/requests.ts';
import { RequestBatches, serviceReplyOf } from './request-batches.ts';
import type { ServiceReply } from './request-batches.ts';

/** More than the longest time for which a service may hold its answer. Milliseconds. */
const ANSWER_MS = LIMITS.waitMs + 5_000;

/** Calls the services over NATS: on the subjects of the caller where there is one, on those of an open server otherwise. */
export const natsOperationCalls = (nc: NatsConnection, root: string): OperationTexts => {
  const requests = new Requests(nc);
  const services = { nc, requests, batches: new RequestBatches(requests, ANSWER_MS), root };
  const text: OperationTexts['text'] = async (call) => {
    const reply = await replyTo(services, call);
    if (!reply.isRefusal) return reply.text;
    throw errorOf((JSON.parse(reply.text) as { readonly error: Problem }).error);
  };
  return { text, call: async (call) => JSON.parse(await text(call)) as unknown };
};

interface Services {
  readonly nc: NatsConnection;
  readonly requests: Requests;
  readonly batches: RequestBatches;
  readonly root: string;
}

const replyTo = async (services: Services, call: OperationCall): Promise<ServiceReply> => {
  const { group, verb, signal } = call;
  try {
    return await sent(services, call);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const absent = linkStateOf(services.nc).isUp()
      ? (ABSENT[group] ?? 'ENGINE_NOT_RUNNING')
      : 'NATS_UNREACHABLE';
    throw natsError(error, absent, `calling ${group}.${verb}`);
  }
};

const sent = async ({ requests, batches, root }: Services, call: OperationCall): Promise<ServiceReply> => {
  const { group, verb, caller, request, timeoutMs, traceparent, signal } = call;
  const subject = operationSubject(root, group, verb, caller);
  const content = { text: JSON.stringify(request), headers: headersOf(traceparent) };
  if (timeoutMs === undefined && isBatched(group, verb)) {
    const reply = batches.send(subject, content);
    return signal ? unlessAborted(reply, signal) : reply;
  }
  return serviceReplyOf(
    await requests.send({ subject, content: () => content, timeoutMs: timeoutMs ?? ANSWER_MS, signal }),
  );
};

const BATCHED: ReadonlySet<string> = new Set(
  namedOperations().flatMap(({ name, operation }) => (operation.batched ? [name] : [])),
);

const isBatched = (group: string, verb: string): boolean => BATCHED.has(`${group}.${verb}`);

const headersOf = (traceparent: string | undefined): MsgHdrs | undefined => {
  if (traceparent === undefined) return undefined;
  const made = newHeaders();
  made.set('traceparent', traceparent);
  return made;
};

const ABSENT: Readonly<Record<string, ErrorCode>> = {
  history: 'HISTORY_UNAVAILABLE',
  search: 'VECTORS_UNAVAILABLE',
  webhooks: 'GATEWAY_UNREACHABLE',
};
