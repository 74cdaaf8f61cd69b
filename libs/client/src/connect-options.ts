import type { ConnectionOptions } from '@nats-io/nats-core';
import { clientTls, connectFailure, credentialOf, inboxPrefixOf, tlsFailure } from '@precedent/contracts';
import type { TlsFiles } from '@precedent/contracts';
import { AppError, defined, errorName, withoutCredentials, messageOf, timerMs } from '@precedent/kernel';
import type { ClientOptions } from './client.ts';
import { Client } from './client.ts';
import type { Link } from './link.ts';
import { taskSigner } from './sign-task.ts';
import type { SigningKey } from './sign-task.ts';
import type { TextDigest } from './worker/attempts/spec-check.ts';
import { webSha256 } from './worker/checkpoints/state-store.ts';
import type { StartWatchdog } from './worker/watchdog/watchdog.ts';

export interface ConnectOptions extends ClientOptions {
  /** One address or several of one cluster: `nats://host:4222`, in browsers `wss://host:443`. */
  readonly servers?: string | readonly string[];
  /** Shown in the server's list of connections. */
  readonly name?: string;
  /**
   * A token of the server, or a key of Precedent (`prec_…`), or a JSON Web Token of an OpenID provider: requests are then made in the name
   * of its principal. A function gives the token of each new connection: the server ends one with its token, and the next one needs another
   * token of the same principal.
   */
  readonly token?: string | (() => string);
  readonly user?: string;
  readonly pass?: string;
  /**
   * The data folder of a cell on this machine, not in browsers: where no credential is given, the key of its local admin is used, `admin.key`.
   * PRECEDENT_STORAGE_DATA_DIR when left out, or, without `servers` too, `.precedent` of the working folder.
   */
  readonly dataDir?: string;
  /** Signs each task that is submitted, where access is required and the principal has this key (`access.addSigner`). */
  readonly signingKey?: SigningKey;
  /** PEM files, read again for every new connection; not in browsers. With it, or a `tls://` address, a server without TLS is refused. */
  readonly tls?: TlsFiles;
}

export type Dial = (options: ConnectionOptions) => Promise<Link>;

const CONNECT_MS = 5_000;
/** A server that restarts is back within about a second. */
const RECONNECT_MS = 250;
/** A connection that died without a word is noticed after two of these. */
const PING_MS = 20_000;

/** What differs between platforms. */
export interface Platform {
  readonly dial: Dial;
  /** The address when none is given. */
  readonly fallback: string;
  readonly startWatchdog?: StartWatchdog;
  /** Absent: WebCrypto, which answers later. */
  readonly sha256?: TextDigest;
}

/**
 * A client over its own connection; `close` closes it. Rejects with NATS_UNREACHABLE or UNAUTHENTICATED, which name the address, and with
 * INVALID_REQUEST for a signing key that is none.
 */
export const connectWith = async (
  { dial, fallback, startWatchdog, sha256 }: Platform,
  options: ConnectOptions,
): Promise<Client> => {
  const { servers = fallback, timeoutMs = CONNECT_MS } = options;
  const addresses = typeof servers === 'string' ? [servers] : [...servers];
  const credential = options.credential ?? (await credentialOf(tokenNow(options), sha256 ?? webSha256));
  const known = { ...options, ...defined({ credential }) };
  const signer = options.signingKey && (await taskSigner(options.signingKey));
  const connection = natsOptions(known, addresses, timeoutMs);
  const link = await dial(connection).catch(async (error: unknown) => {
    const cause = await connectFailure(error, connection, dial);
    const text = tlsFailure(cause, 'tls.caFile', connection.tls) ?? messageOf(cause);
    const address = withoutCredentials(addresses.join(', '));
    const code = errorName(cause) === 'AuthorizationError' ? 'UNAUTHENTICATED' : 'NATS_UNREACHABLE';
    throw new AppError(code, `cannot connect to ${address}: ${text}`, { cause });
  });
  return new Client(link, {
    ...options,
    ...defined({ credential }),
    ownsLink: true,
    ...(signer && { signer }),
    ...(sha256 && { sha256 }),
    ...(startWatchdog && {
      startWatchdog: (session, unblocked) =>
        startWatchdog(
          { ...session, connection: natsOptions(copyable(known), addresses, timeoutMs) },
          unblocked,
        ),
    }),
  });
};

/** Once connected it reconnects for ever: workers outlive servers. */
const natsOptions = (options: ConnectOptions, servers: string[], timeout: number): ConnectionOptions => {
  const { name, token, user, pass, credential } = options;
  const tls = clientTls(servers, options.tls);
  return {
    servers,
    timeout: timerMs(timeout),
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    pingInterval: PING_MS,
    noAsyncTraces: true,
    name: name ?? 'precedent-client',
    // Others may not read the answers: with a credential the server allows this prefix only, and no other user has it.
    ...(credential !== undefined && { inboxPrefix: inboxPrefixOf(credential) }),
    ...(typeof token === 'string' && { token }),
    ...(typeof token === 'function' && { authenticator: () => ({ auth_token: token() }) }),
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(tls && { tls }),
  };
};

const tokenNow = ({ token = '' }: ConnectOptions): string => (typeof token === 'string' ? token : token());

/** For another thread, to which a function cannot be copied: with the token of now. */
const copyable = (options: ConnectOptions): ConnectOptions =>
  typeof options.token === 'function' ? { ...options, token: options.token() } : options;
