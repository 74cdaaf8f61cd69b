import type { Msg, MsgHdrs, NatsConnection, Payload } from '@nats-io/nats-core';
import { AppError, errorName, fieldOf, hasErrorName, messageOf, timerMs } from '@precedent/kernel';

/** A connection to NATS: of `@nats-io/transport-node`, or of a browser (`wsconnect` of `@nats-io/nats-core`). */
export type Link = NatsConnection;

/** No service listens on the subject, or it gave no answer in time. Both are ordinary here: they are tried again. */
export type NoAnswer = 'no_responders' | 'timeout';

export const isNoAnswer = (answer: Msg | NoAnswer): answer is NoAnswer => typeof answer === 'string';

interface RequestOptions {
  readonly timeoutMs: number;
  readonly headers?: MsgHdrs;
}

/**
 * One request, tried once. Rejects with PAYLOAD_TOO_LARGE when the server would not take so large a message, with FORBIDDEN when
 * the connection may not do this, and with NATS_UNREACHABLE when it is closed.
 */
export const request = async (
  link: Link,
  subject: string,
  data: Payload,
  { timeoutMs, headers }: RequestOptions,
): Promise<Msg | NoAnswer> => {
  try {
    const timeout = timerMs(Math.max(1, Math.ceil(timeoutMs)));
    return await link.request(subject, data, { timeout, ...(headers && { headers }) });
  } catch (error) {
    const noAnswer = noAnswerOf(error);
    if (noAnswer !== undefined) return noAnswer;
    throw faultOf(error, subject);
  }
};

/** By name and not by class: two copies of the NATS packages must agree. */
const noAnswerOf = (error: unknown): NoAnswer | undefined => {
  if (errorName(error) === 'TimeoutError') return 'timeout';
  const name = errorName(fieldOf(error, 'cause')) ?? errorName(error);
  return name !== undefined && NO_RESPONDERS.includes(name) ? 'no_responders' : undefined;
};

/** The name of the class, and the one that its errors carry in 3.4. */
const NO_RESPONDERS = ['NoRespondersError', 'NoResponders'];

const faultOf = (cause: unknown, subject: string): AppError => {
  const text = messageOf(cause);
  if (text.includes('max_payload')) {
    return new AppError('PAYLOAD_TOO_LARGE', `the message to ${subject} is larger than the server takes`, {
      cause,
    });
  }
  if (hasErrorName(cause, 'PermissionViolationError')) {
    const message = `the server does not let this connection send to ${subject}: no grant covers it`;
    return new AppError('FORBIDDEN', message, { cause });
  }
  return new AppError('NATS_UNREACHABLE', `a request to ${subject} failed: ${text}`, { cause });
};

/** Whether the connection is up at this moment. While it is being dialled the server's greeting is not known. */
export const isConnected = (link: Link): boolean => !link.isClosed() && link.info !== undefined;

/** Calls `listener` after each reconnect, until the connection closes or the returned function is called. */
export const onReconnect = (link: Link, listener: () => void): (() => void) => {
  const statuses = link.status();
  const watch = async (): Promise<void> => {
    for await (const status of statuses) if (status.type === 'reconnect') listener();
  };
  void watch();
  // A `for await` that waits cannot be ended from outside through the iterator protocol; the queue behind it can.
  return () => {
    if ('stop' in statuses && typeof statuses.stop === 'function') statuses.stop();
  };
};
