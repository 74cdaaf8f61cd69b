import { cutText } from './text.ts';

/** Whose token of an OpenID provider it is: `iss` and `sub` of its claims. */
export interface TokenOwner {
  readonly issuer: string;
  readonly subject: string;
}

/** The name of the owner's principal. The URL of an issuer has no "#", so that no two owners share a name. */
export const tokenPrincipal = ({ issuer, subject }: TokenOwner): string => `${issuer}#${subject}`;

/** The issuer in the name of a principal; `undefined` when there is none. */
export const issuerIn = (principal: string): string | undefined => {
  const end = principal.indexOf('#');
  return end === -1 ? undefined : principal.slice(0, end);
};

/** 132 bits: a second name with the same id cannot be found. */
const DIGEST_CHARS = 22;

/**
 * The id of the credential of every token of a principal, from the SHA-256 of the principal's name in base64url. One token of a subject. A
 * key has no such id: theirs are shorter and have no dash.
 */
export const tokenCredential = (digest: string): string => `oidc-${cutText(digest, DIGEST_CHARS)}`;
