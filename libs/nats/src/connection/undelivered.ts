import { createInbox } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import { linkStateOf } from './link-state.ts';
import { listen } from './listen.ts';

/** Publishes messages, and reports those that no client received. */
export interface ReportingPublisher {
  /** `addressee` is one token, by which the listener is called. Nothing is sent while there is no connection. */
  publish(subject: string, text: string, addressee: string): void;
  /** Stops listening. The connection stays open. */
  close(): void;
}

/** After a break of this connection, other clients reconnect too: for so long it means nothing that one cannot be reached. Milliseconds. */
const RECONNECTING_MS = 2_000;

/**
 * Each message has a reply subject that names its addressee. Addressees never answer there; the server does, when no client listens to the
 * subject of the message.
 */
export const reportingPublisher = (
  nc: NatsConnection,
  onUndelivered: (addressee: string) => void,
): ReportingPublisher => {
  const link = linkStateOf(nc);
  const inbox = createInbox();
  let upSince = Number.NEGATIVE_INFINITY;
  const forgetUp = link.onUp(() => void (upSince = performance.now()));
  const subscription = listen(nc, `${inbox}.*`, (msg) => {
    if (msg.headers?.code !== 503 || performance.now() - upSince < RECONNECTING_MS) return;
    onUndelivered(msg.subject.slice(inbox.length + 1));
  });
  return {
    publish: (subject, text, addressee) => {
      // The client would buffer it and send it late.
      if (!link.isUp()) return;
      try {
        nc.publish(subject, text, { reply: `${inbox}.${addressee}` });
      } catch {
        // It exceeds the size of a message, or the connection is being closed: then it counts as lost.
      }
    },
    close: () => {
      forgetUp();
      if (!nc.isClosed()) subscription.unsubscribe();
    },
  };
};
