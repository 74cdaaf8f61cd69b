import { wsconnect } from '@nats-io/nats-core';
import type { Client } from './client.ts';
import type { ConnectOptions, Dial } from './connect-options.ts';
import { connectWith } from './connect-options.ts';

/** The same as `connect` of Node, over a WebSocket: for browsers. By default to `ws://127.0.0.1:8080`. */
export const connect = (options: ConnectOptions = {}): Promise<Client> =>
  connectWith({ dial, fallback: 'ws://127.0.0.1:8080' }, options);

/** A browser checks certificates by itself. */
const dial: Dial = (options) => wsconnect({ ...options, tls: null });
