import { createInbox, nanos } from '@nats-io/nats-core';
import type { Subscription } from '@nats-io/nats-core';
import { settlesWithin } from '@precedent/kernel';
import { linkStateOf } from '../connection/link-state.ts';
import type { LogSource } from './read-entries.ts';

/** A notification may be lost, for example when the server restarts: then the reader polls after this time. Milliseconds. */
const POLL_MS = 1_000;
/** The server removes the consumer after this time without a subscriber. */
const INACTIVE_MS = 60_000;

/** Notifies a reader of new entries in a log. */
export interface EntryNotifier {
  /** Resolves at the first notification since the last call, or after the poll interval. */
  notified(): Promise<void>;
  close(): void;
}

/**
 * Makes a consumer that pushes the headers of new entries, a hundred bytes each. That costs the server less than polling, and the reader
 * nothing while there are no new entries.
 */
export const openEntryNotifier = async (source: LogSource): Promise<EntryNotifier> => {
  const { nc } = source;
  const inbox = createInbox();
  let next = Promise.withResolvers<void>();
  const notify = (): void => next.resolve();
  const subscription: Subscription = nc.subscribe(inbox, { callback: notify });
  const createConsumer = (): Promise<void> => createNotifyConsumer(source, inbox).catch(() => undefined);
  const stopListening = linkStateOf(nc).onUp(() => void createConsumer().then(notify));
  await createConsumer();
  return {
    notified: async () => {
      await settlesWithin(next.promise, POLL_MS);
      next = Promise.withResolvers();
    },
    close: () => {
      stopListening();
      if (!nc.isClosed()) subscription.unsubscribe();
      notify();
    },
  };
};

/** Without the consumer the reader polls every second, so a server that refuses it costs only time. */
const createNotifyConsumer = async ({ jsm, stream }: LogSource, inbox: string): Promise<void> => {
  await jsm.consumers.add(stream, {
    deliver_subject: inbox,
    deliver_policy: 'new',
    ack_policy: 'none',
    headers_only: true,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(INACTIVE_MS),
  });
};
