import { wsconnect } from '@nats-io/nats-core';
import type { Client } from './client.ts';
import type { ConnectOptions } from './connect-options.ts';
import { connectWith } from './connect-options.ts';

/** The same as `connect` of Node, over a WebSocket: for browsers. By default to `ws://127.0.0.1:8080`. */
export const connect = (options: ConnectOptions = {}): Promise<Client> =>
  connectWith({ dial: wsconnect, fallback: 'ws://127.0.0.1:8080' }, options);
