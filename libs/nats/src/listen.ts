import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/nats-core';

/**
 * Subscribes. An exception of `take` must not reach the client: it would end the client's reading of the connection without a word, and
 * nothing would ever arrive again. It is thrown outside instead, where it ends the process as any other bug does.
 */
export const listen = (
  nc: NatsConnection,
  subject: string,
  take: (msg: Msg) => void,
  queue?: string,
): Subscription =>
  nc.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (error, msg) => {
      try {
        if (error) throw error;
        take(msg);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    },
  });

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
