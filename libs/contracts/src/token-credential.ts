import { keyParts, tokenCredential, tokenPrincipal } from '@precedent/kernel';
import type { TokenOwner } from '@precedent/kernel';

/** SHA-256 of a text in UTF-8, in base64url. */
type Digest = (text: string) => string | Promise<string>;

/**
 * The id of the credential in a token: of a key of Precedent, or of a JSON Web Token of an OpenID provider; `undefined` for any other
 * token. Whether the token is valid is for the server to say.
 */
export const credentialOf = async (token: string, digest: Digest): Promise<string | undefined> => {
  const key = keyParts(token);
  if (key) return key.id;
  const owner = tokenOwnerIn(token);
  return owner && tokenCredential(await digest(tokenPrincipal(owner)));
};

/** `https` always, but for a provider on this machine. */
const ISSUER = /^https?:\/\/[^\s#]+$/;

/** Whose JSON Web Token a text says to be; `undefined` for a text that is none. Nothing is verified. */
export const tokenOwnerIn = (token: string): TokenOwner | undefined => {
  const [, payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) return undefined;
  const { iss: issuer, sub: subject } = (decoded(payload) ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof issuer !== 'string' || typeof subject !== 'string' || subject === '') return undefined;
  return ISSUER.test(issuer) ? { issuer, subject } : undefined;
};

const decoded = (base64url: string): unknown => {
  try {
    const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (unit) => unit.charCodeAt(0))));
  } catch {
    return undefined;
  }
};
