import { randomUUID } from 'node:crypto';
import { fromSeed } from '@nats-io/nkeys';
import type { KeyPair } from '@nats-io/nkeys';
import { ACCOUNTS } from '@precedent/contracts';
import type { EpochMs } from '@precedent/kernel';
import type { ConnectionPermissions } from './permissions.ts';

/** A request of the server: may this connection be made? */
export interface CalloutRequest {
  /** The id of the server, for which the answer is. */
  readonly server: string;
  /** The key that the server made for this connection. */
  readonly userKey: string;
  /** The credential: the token, or the password of any user name. */
  readonly token: string;
  /** The address of the client. */
  readonly host: string;
}

export interface UserClaims extends ConnectionPermissions {
  /** The id of the credential; the server shows it as the user of the connection. */
  readonly credential: string;
  /** The server ends the connection then. */
  readonly expiresAt: EpochMs;
}

/** Reads a request; `undefined` when it is none. Only the server publishes in the account of the callout: its signature is not checked. */
export const readCalloutRequest = (text: string): CalloutRequest | undefined => {
  try {
    const claims = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as Claims;
    const { server_id, user_nkey, client_info, connect_opts } = claims.nats ?? {};
    if (typeof server_id?.id !== 'string' || typeof user_nkey !== 'string') return undefined;
    const token = connect_opts?.auth_token || connect_opts?.pass || '';
    return { server: server_id.id, userKey: user_nkey, token, host: client_info?.host ?? '' };
  } catch {
    return undefined;
  }
};

interface Claims {
  readonly nats?: {
    readonly server_id?: { readonly id?: unknown };
    readonly user_nkey?: unknown;
    readonly client_info?: { readonly host?: string };
    readonly connect_opts?: { readonly auth_token?: string; readonly pass?: string };
  };
}

/** Signs the answers to requests with the key of the issuing account. `seed`: an account seed, `SA…`. */
export class CalloutSigner {
  readonly #issuer: KeyPair;

  constructor(seed: string) {
    this.#issuer = fromSeed(Buffer.from(seed));
  }

  accept({ server, userKey }: CalloutRequest, claims: UserClaims, now: EpochMs): string {
    const { credential, account, publish, subscribe, expiresAt } = claims;
    const user = this.#sign(now, {
      sub: userKey,
      aud: ACCOUNTS[account],
      name: credential,
      exp: Math.ceil(expiresAt / 1_000),
      nats: {
        type: 'user',
        version: 2,
        pub: allowed(publish),
        sub: allowed(subscribe),
        subs: -1,
        data: -1,
        payload: -1,
      },
    });
    return this.#answer(now, { server, userKey }, { jwt: user });
  }

  /** `reason` appears in the log of the server, and not at the client. */
  refuse(request: CalloutRequest, reason: string, now: EpochMs): string {
    return this.#answer(now, request, { error: reason });
  }

  #answer(
    now: EpochMs,
    { server, userKey }: Pick<CalloutRequest, 'server' | 'userKey'>,
    answer: object,
  ): string {
    const nats = { ...answer, type: 'authorization_response', version: 2 };
    return this.#sign(now, { sub: userKey, aud: server, nats });
  }

  #sign(now: EpochMs, claims: object): string {
    const header = encoded({ typ: 'JWT', alg: 'ed25519-nkey' });
    const issued = { iat: Math.floor(now / 1_000), iss: this.#issuer.getPublicKey(), jti: randomUUID() };
    const body = `${header}.${encoded({ ...issued, ...claims })}`;
    return `${body}.${Buffer.from(this.#issuer.sign(Buffer.from(body))).toString('base64url')}`;
  }
}

/** An empty list would allow everything. */
const allowed = (subjects: readonly string[]): object =>
  subjects.length === 0 ? { deny: ['>'] } : { allow: subjects };

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
