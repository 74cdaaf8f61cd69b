import { hash } from 'node:crypto';
import { connect as dial } from '@nats-io/transport-node';
import type { Client } from './client.ts';
import type { ConnectOptions } from './connect-options.ts';
import { connectWith } from './connect-options.ts';
import { localKey } from './local-key.ts';
import { startWatchdog } from './worker/watchdog/start-watchdog.ts';

const sha256 = (text: string): string => hash('sha256', text, 'base64url');

/**
 * Connects over TCP, by default to `nats://127.0.0.1:4222`. Later interruptions are mended without an end; only the first
 * connect fails, with NATS_UNREACHABLE, after `timeoutMs` at the latest. Without a credential, on this machine, the key of the local admin
 * is used: see `dataDir`.
 */
export const connect = (options: ConnectOptions = {}): Promise<Client> => {
  const token = localKey(options, process.env);
  return connectWith(
    { dial, startWatchdog, sha256, fallback: 'nats://127.0.0.1:4222' },
    { ...options, ...(token !== undefined && { token }) },
  );
};
