import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { parseKey } from '@precedent/access';
import type { AccessKey, Principal } from '@precedent/contract-types';
import { cutText } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import { verifyKey } from '@precedent/ports';
import type { AccessRegistry } from '@precedent/ports';
import { textOf } from '../connection/bytes.ts';
import { drained, listen } from '../connection/listen.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { CALLABLE_VERBS } from './callable-verbs.ts';
import { permissionsOf } from './permissions.ts';
import { CalloutSigner, readCalloutRequest } from './user-jwt.ts';
import type { CalloutRequest } from './user-jwt.ts';

/** A connection that was refused. Never holds a secret. */
export interface RefusedConnection {
  readonly reason: string;
  /** The id of the key, where the credential has the form of one. */
  readonly credential: string | undefined;
  /** The address that it came from. */
  readonly host: string;
}

export interface AuthCalloutOptions {
  /** A connection in the account of the callout. */
  readonly nc: NatsConnection;
  readonly registry: AccessRegistry;
  /** Seed of the account that the server trusts as issuer. */
  readonly issuerSeed: string;
  readonly root: string;
  readonly now: () => EpochMs;
  readonly onRefused: (refused: RefusedConnection) => void;
  readonly onFault: (problem: Problem) => void;
  /** A connection is checked again after this at the latest. Milliseconds; a day by default. */
  readonly connectionMsMax?: number;
}

const SUBJECT = '$SYS.REQ.USER.AUTH';
/** Several programs may serve the callout; one of them answers each request. */
const QUEUE = 'precedent-access';
const CONNECTION_MS_MAX = 86_400_000;
const HOST_CHARS = 100;

/** Answers the server's question about each new connection: who it is, in which account, and what it may do there. */
export const serveAuthCallout = (options: AuthCalloutOptions): EngineIngress => {
  const { nc, onFault } = options;
  const signer = new CalloutSigner(options.issuerSeed);
  const take = (msg: Msg): void => {
    const request = readCalloutRequest(textOf(msg.data));
    if (request) msg.respond(answerTo(request, signer, options));
  };
  const subscription = listen(nc, SUBJECT, take, { queue: QUEUE, onFault });
  const close = (): Promise<void> => drained(nc, subscription);
  return { abandon: () => void close(), close };
};

const answerTo = (request: CalloutRequest, signer: CalloutSigner, options: AuthCalloutOptions): string => {
  const { registry, root, onRefused, connectionMsMax = CONNECTION_MS_MAX } = options;
  const now = options.now();
  const found = identify(registry, request.token, now);
  const principal = found.key && registry.principalOf(found.key.id, now);
  if (principal === undefined) {
    const reason = found.reason ?? 'unknown';
    onRefused({ reason, credential: found.credential, host: cutText(request.host, HOST_CHARS) });
    return signer.refuse(request, reason, now);
  }
  const expiresAt = Math.min(endOf(principal, now), now + connectionMsMax);
  const permissions = permissionsOf(principal, { root, verbs: CALLABLE_VERBS, now });
  return signer.accept(request, { ...permissions, credential: principal.credential, expiresAt }, now);
};

interface Identified {
  readonly key?: AccessKey;
  readonly reason?: string;
  readonly credential?: string | undefined;
}

const identify = (registry: AccessRegistry, token: string, now: EpochMs): Identified => {
  if (token === '') return { reason: 'no credential' };
  const parsed = parseKey(token);
  if ('code' in parsed) return { reason: 'not a key' };
  const verified = verifyKey(registry, parsed, now);
  return 'key' in verified ? verified : { reason: verified.refusal, credential: parsed.id };
};

/** When its credential or the first of its grants ends: its permissions are others then. */
const endOf = ({ expiresAt = Infinity, grants }: Principal, now: EpochMs): EpochMs =>
  grants.reduce(
    (end, grant) =>
      grant.expiresAt !== undefined && grant.expiresAt > now ? Math.min(end, grant.expiresAt) : end,
    expiresAt,
  );
