import { PRINCIPAL_KINDS } from '@precedent/contract-types';
import type { Issue } from '@precedent/kernel';
import { z } from 'zod';
import { choice, list, records, text } from './leaf.ts';

/** A provider is reached over TLS, but for one on this machine. A "#" would make the names of its principals ambiguous. */
const PROVIDER_URL =
  /^https:\/\/[^\s?#@/]+(\/[^\s?#]*)?$|^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/[^\s?#]*)?$/;
const KEYS_URL = new RegExp(`^$|${PROVIDER_URL.source}`);
const URL_CHARS_MAX = 200;

/** Signatures by a key pair. Never `none`, and never `HS256` and its like: a secret that checks these forges them too. */
const ALGORITHM = {
  expected: 'RS256, PS256, ES256 (384 and 512 too), EdDSA and Ed25519',
  pattern: /^([RPE]S(256|384|512)|EdDSA|Ed25519)$/,
};

const issuer = z.strictObject({
  issuer: text('', {
    expected: `the https URL of an OpenID provider, ${URL_CHARS_MAX} characters at most`,
    pattern: new RegExp(`^(?=.{1,${URL_CHARS_MAX}}$)(${PROVIDER_URL.source})`),
  }),
  audience: text('', { expected: 'the audience of its tokens, such as the id of a client', pattern: /./ }),
  algorithms: list(['RS256', 'PS256', 'ES256', 'EdDSA'], ALGORITHM),
  kind: choice('human', PRINCIPAL_KINDS),
  jwksUrl: text('', { expected: 'the https URL of the keys of the provider', pattern: KEYS_URL }),
});

/** OpenID providers, each with the tokens that count. */
export const issuers = () =>
  records(issuer, {
    max: 20,
    expected:
      'a list of OpenID providers, each with issuer and audience, and where needed algorithms, kind (human, agent or service) and jwksUrl',
  });

export const checkIssuers = (
  listed: readonly { readonly issuer: string; readonly algorithms: readonly string[] }[],
): Issue[] => {
  const urls = listed.map((one) => one.issuer);
  return listed.flatMap(({ issuer: url, algorithms }, at) => [
    ...(urls.indexOf(url) < at
      ? [{ field: `access.issuers.${at}.issuer`, message: `${url} is in the list already` }]
      : []),
    ...(algorithms.length === 0
      ? [{ field: `access.issuers.${at}.algorithms`, message: 'it names none, so that no token would count' }]
      : []),
  ]);
};
