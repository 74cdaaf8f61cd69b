import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

export interface ListenOptions {
  readonly queue?: string;
  /** Called when `take` throws. Without it the process ends, as with any other bug. */
  readonly onFault?: (problem: Problem) => void;
}

/**
 * Subscribes. An exception of `take` must not reach the client, which would silently stop reading the connection, so that nothing would
 * arrive any more. Where other programs than ours send, it must not end the process either: it is answered, and passed to `onFault`.
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
        if (onFault) answerFault(msg, problemOf(thrown), onFault);
        else
          queueMicrotask(() => {
            throw thrown;
          });
      }
    },
  });

const answerFault = (msg: Msg | undefined, problem: Problem, onFault: (problem: Problem) => void): void => {
  onFault(problem);
  try {
    msg?.respond(JSON.stringify({ error: problem }));
  } catch {
    // The sender gets no answer, and sends the request again.
  }
};

/** Ends a subscription after the messages that have arrived for it. */
export const drained = async (nc: NatsConnection, subscription: Subscription): Promise<void> => {
  // It may have ended with its connection, or because the server refused it.
  if (!nc.isClosed()) await subscription.drain().catch(() => undefined);
};

export interface WithHeaders {
  readonly headers?: { get(name: string): string } | undefined;
}

/** The value of a header; `undefined` when it is absent, or when the client throws at malformed headers. */
export const headerOf = (msg: WithHeaders, name: string): string | undefined => {
  try {
    return msg.headers?.get(name) || undefined;
  } catch {
    return undefined;
  }
};
