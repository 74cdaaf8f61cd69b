import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/nats-core';
import { problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

export interface ListenOptions {
  readonly queue?: string;
  /** A message could not be dealt with. Without this the process ends, as by any other bug. */
  readonly onFault?: (problem: Problem) => void;
}

/**
 * Subscribes. An exception of `take` must not reach the client: it would end the client's reading of the connection without a word, and
 * nothing would ever arrive again. Where others than our own programs send, it must not end the process either: it is answered, and
 * goes to `onFault`.
 */
export const listen = (
  nc: NatsConnection,
  subject: string,
  take: (msg: Msg) => void,
  { queue, onFault }: ListenOptions = {},
): Subscription =>
  nc.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (error, msg) => {
      try {
        if (error) throw error;
        take(msg);
      } catch (thrown) {
        if (onFault) faulty(msg, problemOf(thrown), onFault);
        else
          queueMicrotask(() => {
            throw thrown;
          });
      }
    },
  });

const faulty = (msg: Msg | undefined, problem: Problem, onFault: (problem: Problem) => void): void => {
  onFault(problem);
  try {
    msg?.respond(JSON.stringify({ error: problem }));
  } catch {
    // Its sender hears nothing, and asks again.
  }
};

/** Ends a subscription after what has arrived for it. */
export const drained = async (nc: NatsConnection, subscription: Subscription): Promise<void> => {
  // It may have ended already, with its connection or because the server refused it.
  if (!nc.isClosed()) await subscription.drain().catch(() => undefined);
};

/** The value of a header; `undefined` when it is not there. The client throws at headers that it does not like. */
export const headerOf = (
  msg: { readonly headers?: MsgHdrs | undefined },
  name: string,
): string | undefined => {
  try {
    return msg.headers?.get(name) || undefined;
  } catch {
    return undefined;
  }
};
