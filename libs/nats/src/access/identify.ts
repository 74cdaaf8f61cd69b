import { parseKey } from '@precedent/access';
import type { Principal } from '@precedent/contract-types';
import { cutText } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { verifyKey } from '@precedent/ports';
import type { AccessRegistry, TokenVerifier } from '@precedent/ports';

/** Whose connection it is. */
export interface Identified {
  readonly principal: Principal;
  /** Its credential ends then. */
  readonly expiresAt: EpochMs;
}

/** Why a credential does not count. Never holds a secret. */
export interface Unidentified {
  readonly reason: string;
  /** The id of the credential, where it has the form of one. */
  readonly credential: string | undefined;
  /** What an operator has to know more. */
  readonly detail?: string;
}

const DETAIL_CHARS = 600;

interface Credentials {
  readonly registry: AccessRegistry;
  /** Absent: no tokens of OpenID providers count. */
  readonly tokens?: TokenVerifier | undefined;
}

/** Whose credential it is. At once for a key, which is compared with what is in memory; a token may wait for its provider. */
export const identify = (
  { registry, tokens }: Credentials,
  token: string,
  now: EpochMs,
): Identified | Unidentified | Promise<Identified | Unidentified> =>
  tokens !== undefined && isJwt(token)
    ? identifyToken({ registry, tokens }, token, now)
    : identifyKey(registry, token, now);

const identifyKey = (registry: AccessRegistry, token: string, now: EpochMs): Identified | Unidentified => {
  if (token === '') return { reason: 'no credential', credential: undefined };
  const parsed = parseKey(token);
  if ('code' in parsed) return { reason: 'not a key', credential: undefined };
  const verified = verifyKey(registry, parsed, now);
  if ('refusal' in verified) return { reason: verified.refusal, credential: parsed.id };
  const principal = registry.principalOf(parsed.id, now);
  if (principal === undefined) return { reason: 'unknown', credential: parsed.id };
  return { principal, expiresAt: principal.expiresAt ?? Infinity };
};

/** Three parts, as a signed token has. */
const isJwt = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);

/** A token whose principal has no grant could do nothing: it is refused, and the refusal names the principal that can be given one. */
const identifyToken = async (
  { registry, tokens }: Required<Credentials> & { readonly tokens: TokenVerifier },
  token: string,
  now: EpochMs,
): Promise<Identified | Unidentified> => {
  const verified = await tokens.verify(token);
  if ('refusal' in verified) {
    const { refusal: reason, ...more } = verified;
    return { reason, credential: undefined, ...more };
  }
  const { principal: name, expiresAt } = verified;
  const credential = registry.tokenCredentialOf(name);
  const principal = credential === undefined ? undefined : registry.principalOf(credential, now);
  if (principal) return { principal, expiresAt };
  return { reason: 'no grant', credential, detail: cutText(name, DETAIL_CHARS) };
};
