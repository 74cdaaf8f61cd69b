import { headers as newHeaders } from '@nats-io/nats-core';
import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { LIMITS, operationSubject } from '@precedent/contracts';
import { errorOf, unlessAborted } from '@precedent/kernel';
import type { ErrorCode, Problem } from '@precedent/kernel';
import type { OperationCall, OperationCalls } from '@precedent/ports';
import { headerOf } from '../connection/listen.ts';
import { textOf } from '../connection/bytes.ts';
import { linkStateOf } from '../connection/link-state.ts';
import { natsError } from '../connection/nats-errors.ts';
import { Requests } from '../connection/requests.ts';

/** More than the longest time for which a service may hold its answer. Milliseconds. */
const ANSWER_MS = LIMITS.waitMs + 5_000;

/** Calls the services over NATS: on the subjects of the caller where there is one, on those of an open server otherwise. */
export const natsOperationCalls = (nc: NatsConnection, root: string): OperationCalls => {
  const requests = new Requests(nc);
  return {
    call: async (call) => {
      const message = await answerTo({ nc, requests, root }, call);
      const reply: unknown = JSON.parse(textOf(message.data));
      // A failed task has an error too: only the header says that the request was refused.
      if (headerOf(message, 'Nats-Service-Error-Code') === undefined) return reply;
      throw errorOf((reply as { readonly error: Problem }).error);
    },
  };
};

interface Services {
  readonly nc: NatsConnection;
  readonly requests: Requests;
  readonly root: string;
}

const answerTo = async ({ nc, requests, root }: Services, call: OperationCall): Promise<Msg> => {
  const { group, verb, caller, request, timeoutMs = ANSWER_MS, traceparent, signal } = call;
  const subject = operationSubject(root, group, verb, caller);
  try {
    const text = JSON.stringify(request);
    const answer = requests.send({ subject, text, timeoutMs, headers: headersOf(traceparent) });
    return await (signal ? unlessAborted(answer, signal) : answer);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const absent = linkStateOf(nc).isUp() ? (ABSENT[group] ?? 'ENGINE_NOT_RUNNING') : 'NATS_UNREACHABLE';
    throw natsError(error, absent, `calling ${group}.${verb}`);
  }
};

const headersOf = (traceparent: string | undefined): MsgHdrs | undefined => {
  if (traceparent === undefined) return undefined;
  const made = newHeaders();
  made.set('traceparent', traceparent);
  return made;
};

const ABSENT: Readonly<Record<string, ErrorCode>> = {
  history: 'HISTORY_UNAVAILABLE',
  search: 'VECTORS_UNAVAILABLE',
};
