import { createInbox, nanos } from '@nats-io/nats-core';
import type { Subscription } from '@nats-io/nats-core';
import { settlesWithin } from '@precedent/kernel';
import { linkStateOf } from '../connection/link-state.ts';
import type { LogSource } from './read-entries.ts';

/** It might be missed, as when the server starts again: then this is how long a reader waits before it looks by itself. Milliseconds. */
const LOOK_MS = 1_000;
/** The server removes a bell that nobody hears any more. */
const FORGOTTEN_MS = 60_000;

/** Rings when a log has a new entry. */
export interface JournalBell {
  /** Resolves at the next ring since the last call, or after a while: then it is time to look anyway. */
  rung(): Promise<void>;
  close(): void;
}

/**
 * A consumer that pushes the headers of new entries, a hundred bytes each: it costs the server less than asking it again and again, and the
 * reader nothing while there is nothing new.
 */
export const openBell = async (source: LogSource): Promise<JournalBell> => {
  const { nc } = source;
  const inbox = createInbox();
  let wake = Promise.withResolvers<void>();
  const ring = (): void => wake.resolve();
  const subscription: Subscription = nc.subscribe(inbox, { callback: ring });
  const hang = (): Promise<void> => hangBell(source, inbox).catch(() => undefined);
  const takeBack = linkStateOf(nc).onUp(() => void hang().then(ring));
  await hang();
  return {
    rung: async () => {
      await settlesWithin(wake.promise, LOOK_MS);
      wake = Promise.withResolvers();
    },
    close: () => {
      takeBack();
      if (!nc.isClosed()) subscription.unsubscribe();
      ring();
    },
  };
};

/** Without it the reader looks every second; so a server that refuses it costs time, and nothing else. */
const hangBell = async ({ jsm, stream }: LogSource, inbox: string): Promise<void> => {
  await jsm.consumers.add(stream, {
    deliver_subject: inbox,
    deliver_policy: 'new',
    ack_policy: 'none',
    headers_only: true,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(FORGOTTEN_MS),
  });
};
