import type { PrincipalKind } from '@precedent/contract-types';
import { issuerIn, tokenCredential } from '@precedent/kernel';
import type { Sha256 } from '@precedent/kernel';

/** An OpenID provider whose tokens count. */
export interface TrustedIssuer {
  readonly issuer: string;
  /** What its principals are. */
  readonly kind: PrincipalKind;
}

/** What the name of a principal alone says of its tokens, so that every process knows it, and no session has to be stored. */
export interface TokenIdentity {
  /** The id of the credential of all its tokens. */
  readonly credential: string;
  readonly kind: PrincipalKind;
}

/** `undefined`: no issuer that is trusted gives tokens to a principal of this name. */
export type TokenIdentities = (principal: string) => TokenIdentity | undefined;

export const NO_TOKENS: TokenIdentities = () => undefined;

export const tokenIdentities = (issuers: readonly TrustedIssuer[], sha256: Sha256): TokenIdentities => {
  const kinds = new Map(issuers.map(({ issuer, kind }) => [issuer, kind]));
  return (principal) => {
    const kind = kinds.get(issuerIn(principal) ?? '');
    return kind && { credential: tokenCredential(sha256(principal)), kind };
  };
};
