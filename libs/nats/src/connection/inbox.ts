import { createInbox } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';

const prefixes = new WeakMap<NatsConnection, string>();

/** The server lets a connection with a key subscribe to inboxes with this prefix only. */
export const setInboxPrefix = (nc: NatsConnection, prefix: string): void => void prefixes.set(nc, prefix);

/** A new inbox that this connection may subscribe to. */
export const inboxOf = (nc: NatsConnection): string => createInbox(prefixes.get(nc));
