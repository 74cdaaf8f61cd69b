import type { Subscription } from '@nats-io/nats-core';
import { settlesWithin } from '@precedent/kernel';
import { linkStateOf } from '../connection/link-state.ts';
import type { LogSource } from './read-entries.ts';

/** A notification may be lost, for example when the server restarts: then the reader polls after this time. Milliseconds. */
const POLL_MS = 1_000;

/** Notifies a reader of new entries in a log. */
export interface EntryNotifier {
  /** Resolves at the first notification since the last call, or after the poll interval. */
  notified(): Promise<void>;
  close(): void;
}

/** Where the server publishes the headers of each entry that it has stored. */
export const noticeSubject = (subject: string): string => `${subject}.stored`;

/**
 * Listens to the notices that the stream of a log publishes, some 200 bytes for each entry. A consumer would cost the server much more: it
 * reads the block of the latest entries, up to 8 MiB, from the file for each of them. A stream that an older engine made publishes none, so
 * that its readers poll until its engine is a newer one.
 */
export const openEntryNotifier = async (source: LogSource): Promise<EntryNotifier> => {
  const { nc } = source;
  let next = Promise.withResolvers<void>();
  const notify = (): void => next.resolve();
  let subscription: Subscription | undefined;
  let isClosed = false;
  const listen = async (): Promise<void> => {
    const subject = await publishedAt(source);
    if (subject === undefined || isClosed || nc.isClosed()) return;
    subscription ??= nc.subscribe(subject, { callback: notify });
  };
  const stopListening = linkStateOf(nc).onUp(notify);
  await listen();
  return {
    notified: async () => {
      const isNotified = await settlesWithin(next.promise, POLL_MS);
      if (!isNotified && subscription === undefined) await listen();
      next = Promise.withResolvers();
    },
    close: () => {
      isClosed = true;
      stopListening();
      if (!nc.isClosed()) subscription?.unsubscribe();
      notify();
    },
  };
};

const publishedAt = async ({ jsm, stream }: LogSource): Promise<string | undefined> => {
  const { config } = await jsm.streams.info(stream).catch(() => ({ config: undefined }));
  return config?.republish?.dest;
};
