import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { Principal } from '@precedent/contract-types';
import { cutText, problemOf } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { AccessRegistry, TokenVerifier } from '@precedent/ports';
import { textOf } from '../connection/bytes.ts';
import { drained, listen } from '../connection/listen.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { CALLABLE_VERBS } from './callable-verbs.ts';
import { identify } from './identify.ts';
import type { Identified, Unidentified } from './identify.ts';
import { permissionsOf } from './permissions.ts';
import { CalloutSigner, readCalloutRequest } from './user-jwt.ts';
import type { CalloutRequest } from './user-jwt.ts';

/** A connection that was refused. Never holds a secret. */
export interface RefusedConnection extends Unidentified {
  /** The address that it came from. */
  readonly host: string;
}

export interface AuthCalloutOptions {
  /** A connection in the account of the callout. */
  readonly nc: NatsConnection;
  readonly registry: AccessRegistry;
  /** Absent: no tokens of OpenID providers count. */
  readonly tokens?: TokenVerifier | undefined;
  /** Seed of the account that the server trusts as issuer. */
  readonly issuerSeed: string;
  readonly root: string;
  readonly now: () => EpochMs;
  readonly onRefused: (refused: RefusedConnection) => void;
  /** A connection of a credential is let in. `host`: the address that it came from. */
  readonly onAccepted?: (credential: string, host: string) => void;
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
    if (request === undefined) return;
    const answer = (found: Identified | Unidentified): void =>
      void msg.respond(answerTo(request, found, { ...options, signer }));
    const found = identify(options, request.token, options.now());
    if (!(found instanceof Promise)) return answer(found);
    found.then(answer).catch((error: unknown) => onFault(problemOf(error)));
  };
  const subscription = listen(nc, SUBJECT, take, { queue: QUEUE, onFault });
  const close = (): Promise<void> => drained(nc, subscription);
  return { abandon: () => void close(), close };
};

const answerTo = (
  request: CalloutRequest,
  found: Identified | Unidentified,
  options: AuthCalloutOptions & { readonly signer: CalloutSigner },
): string => {
  const { root, signer, onRefused, connectionMsMax = CONNECTION_MS_MAX } = options;
  const now = options.now();
  const host = cutText(request.host, HOST_CHARS);
  if ('reason' in found) {
    onRefused({ ...found, host });
    return signer.refuse(request, found.reason, now);
  }
  const { principal } = found;
  options.onAccepted?.(principal.credential, host);
  const expiresAt = Math.min(found.expiresAt, endOfGrants(principal, now), now + connectionMsMax);
  const permissions = permissionsOf(principal, { root, verbs: CALLABLE_VERBS, now });
  return signer.accept(request, { ...permissions, credential: principal.credential, expiresAt }, now);
};

/** When the first of its grants ends: its permissions are others then. */
const endOfGrants = ({ grants }: Principal, now: EpochMs): EpochMs =>
  grants.reduce(
    (end, { expiresAt = Infinity }) => (expiresAt > now ? Math.min(end, expiresAt) : end),
    Infinity,
  );
