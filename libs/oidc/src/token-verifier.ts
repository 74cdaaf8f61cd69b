import { tokenOwnerIn } from '@precedent/contracts';
import { errorCode, fieldOf, tokenPrincipal } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { RefusedToken, TokenIssuer, TokenVerifier, VerifiedToken } from '@precedent/ports';
import { IssuerKeys } from './issuer-keys.ts';
import type { KeySet } from './issuer-keys.ts';

/** By how much clocks may differ. Seconds. */
const SKEW_S = 60;
/** Of an ID token, or an access token: not of a logout, say, which a provider signs with the same keys. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/** Without issuers it does not load what it needs. */
export const tokenVerifier = (issuers: readonly TokenIssuer[], now: () => EpochMs): TokenVerifier => {
  const trusted = new Map(issuers.map((one) => [one.issuer, trust(one, now)]));
  return {
    verify: async (token) => {
      const owner = tokenOwnerIn(token);
      if (owner === undefined) return { refusal: 'malformed token' };
      const issuer = trusted.get(owner.issuer);
      if (issuer === undefined) return { refusal: 'unknown issuer' };
      const verified = await verifyBy(issuer, token, now());
      return 'refusal' in verified ? verified : { principal: tokenPrincipal(owner), ...verified };
    },
  };
};

interface Trusted extends TokenIssuer {
  readonly keys: IssuerKeys;
}

const trust = (issuer: TokenIssuer, now: () => EpochMs): Trusted => ({
  ...issuer,
  keys: new IssuerKeys({ read: async () => (await import('./read-keys.ts')).readKeys(issuer), now }),
});

type Verdict = Omit<VerifiedToken, 'principal'> | RefusedToken;

const verifyBy = async (issuer: Trusted, token: string, now: EpochMs): Promise<Verdict> => {
  const { algorithms, keys } = issuer;
  const { decodeProtectedHeader } = await import('jose');
  const { alg, typ = 'JWT' } = safely(() => decodeProtectedHeader(token)) ?? {};
  if (alg === undefined) return { refusal: 'malformed token' };
  if (!algorithms.includes(alg)) return { refusal: 'algorithm not allowed' };
  if (!TYPES.has(String(typ).toLowerCase())) return { refusal: 'claims not valid' };
  const known = await keys.get();
  if (known === undefined) return unreachable(issuer);
  const verified = await verifyWith(known, { issuer, token, now });
  if (!('refusal' in verified) || verified.refusal !== 'unknown signing key') return verified;
  const others = await keys.getOther(known);
  if (others) return await verifyWith(others, { issuer, token, now });
  return keys.fault === undefined ? verified : unreachable(issuer);
};

const unreachable = ({ issuer, keys }: Trusted): RefusedToken => ({
  refusal: 'issuer unreachable',
  detail: `${issuer} cannot be reached: ${keys.fault ?? 'its keys could not be read'}`,
});

const safely = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

interface Unverified {
  readonly issuer: TokenIssuer;
  readonly token: string;
  readonly now: EpochMs;
}

const verifyWith = async (
  keys: KeySet,
  { issuer: { issuer, audience, algorithms }, token, now }: Unverified,
): Promise<Verdict> => {
  const { jwtVerify } = await import('jose');
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: SKEW_S,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub'],
    });
    // A token counts a little longer than it says, so a connection that was made with it lasts as long.
    return { expiresAt: ((payload.exp ?? 0) + SKEW_S) * 1_000 };
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
};

const refusalOf = (error: unknown): RefusedToken['refusal'] => {
  switch (errorCode(error)) {
    case 'ERR_JWT_EXPIRED':
      return 'expired';
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      return refusalOfClaim(fieldOf(error, 'claim'));
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
      return 'algorithm not allowed';
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'wrong signature';
    case 'ERR_JWKS_NO_MATCHING_KEY':
    case 'ERR_JWKS_MULTIPLE_MATCHING_KEYS':
      return 'unknown signing key';
    default:
      return 'malformed token';
  }
};

const refusalOfClaim = (claim: unknown): RefusedToken['refusal'] => {
  if (claim === 'aud') return 'wrong audience';
  return claim === 'nbf' ? 'not yet valid' : 'claims not valid';
};
