import { connect } from '@nats-io/transport-node';
import type { ConnectionOptions, NatsConnection } from '@nats-io/nats-core';
import { clientTls, connectFailure, credentialOf, inboxPrefixOf, tlsFailure } from '@precedent/contracts';
import type { TlsFiles } from '@precedent/contracts';
import { AppError, withoutCredentials, defined, errorName } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import { setInboxPrefix } from './inbox.ts';
import { linkStateOf } from './link-state.ts';
import { natsError } from './nats-errors.ts';

export interface NatsConnectOptions {
  /** `nats://host:port`; several, separated by commas, for a cluster. */
  readonly url: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
  /** A function gives that of each new connection. */
  readonly token?: string | (() => string) | undefined;
  /** Read again for every new connection. With it, or a `tls://` URL, a server without TLS is refused. */
  readonly tls?: TlsFiles | undefined;
}

/** Older servers silently ignore fields of requests that durability depends on. */
const MIN_VERSION = [2, 12] as const;

const CONNECT_LIMIT_MS = 5_000;
const RECONNECT_PAUSE_MS = 100;
const PING_MS = 5_000;

/**
 * Connects, and reconnects for ever from then on. Throws NATS_UNREACHABLE when the first attempt fails, and SERVER_TOO_OLD for a
 * server before 2.12.
 */
export const connectNats = async (options: NatsConnectOptions): Promise<NatsConnection> => {
  const nc = await dial(options);
  const version = nc.info?.version ?? 'unknown';
  if (!isNewEnough(version)) {
    await nc.close();
    const needed = MIN_VERSION.join('.');
    throw new AppError(
      'SERVER_TOO_OLD',
      `${withoutCredentials(options.url)} is version ${version}, at least ${needed} is needed`,
    );
  }
  linkStateOf(nc);
  return nc;
};

const dial = async (options: NatsConnectOptions): Promise<NatsConnection> => {
  const connection = await connectionOf(options);
  try {
    const nc = await connect(connection);
    if (connection.inboxPrefix !== undefined) setInboxPrefix(nc, connection.inboxPrefix);
    return nc;
  } catch (error) {
    const address = withoutCredentials(options.url);
    const reason = await connectFailure(error, connection, connect);
    const text = tlsFailure(reason, 'nats.tls.ca', connection.tls);
    const what = text === undefined ? 'no NATS server' : 'no secure connection to the NATS server';
    const cause = text === undefined ? reason : new Error(text, { cause: reason });
    if (errorName(reason) === 'AuthorizationError')
      throw natsError(reason, 'UNAUTHENTICATED', `the NATS server at ${address} refuses the credential`);
    throw natsError(cause, 'NATS_UNREACHABLE', `${what} at ${address}`);
  }
};

const connectionOf = async ({
  url,
  name,
  user,
  pass,
  token,
  tls,
}: NatsConnectOptions): Promise<ConnectionOptions> => {
  const servers = url.split(',').map((server) => server.trim());
  const tokenNow = typeof token === 'function' ? token() : token;
  const credential = await credentialOf(tokenNow ?? '', sha256);
  const inboxPrefix = credential === undefined ? undefined : inboxPrefixOf(credential);
  return {
    servers,
    name,
    ...(typeof token === 'function'
      ? { authenticator: () => ({ auth_token: token() }) }
      : defined({ token })),
    ...defined({ user, pass, inboxPrefix, tls: clientTls(servers, tls) }),
    timeout: CONNECT_LIMIT_MS,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RECONNECT_PAUSE_MS,
    reconnectJitter: RECONNECT_PAUSE_MS,
    // Two unanswered pings mean a dead peer; the client's default would notice after four minutes.
    pingInterval: PING_MS,
    noAsyncTraces: true,
  };
};

const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1]);
};
