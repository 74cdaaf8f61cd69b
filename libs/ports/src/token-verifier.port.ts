import type { TrustedIssuer } from '@precedent/access';
import type { EpochMs } from '@precedent/kernel';

/** An OpenID provider, and which of its tokens count. */
export interface TokenIssuer extends TrustedIssuer {
  /** Tokens must be for it (`aud`): as a rule the id of the client that logs in. */
  readonly audience: string;
  /** Of signatures. */
  readonly algorithms: readonly string[];
  /** Where its keys are. Empty: where the provider's configuration says. */
  readonly jwksUrl: string;
}

/** Checks tokens of OpenID providers. */
export interface TokenVerifier {
  /** Whose token it is, or why it does not count. Takes as long as the provider takes to answer, where its keys have to be read. */
  verify(token: string): Promise<VerifiedToken | RefusedToken>;
}

export interface VerifiedToken {
  /** The name of its principal. */
  readonly principal: string;
  /** The token does not count from then on. */
  readonly expiresAt: EpochMs;
}

/** A refusal for the log of the cell: a client learns only that it was refused. */
export interface RefusedToken {
  readonly refusal: TokenRefusal;
  /** What an operator has to know more. Never any of the token. */
  readonly detail?: string;
}

export const TOKEN_REFUSALS = [
  'malformed token',
  'unknown issuer',
  'algorithm not allowed',
  'unknown signing key',
  'wrong signature',
  'wrong audience',
  'expired',
  'not yet valid',
  'claims not valid',
  'issuer unreachable',
] as const;
export type TokenRefusal = (typeof TOKEN_REFUSALS)[number];
