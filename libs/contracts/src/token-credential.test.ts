import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { credentialOf, tokenOwnerIn } from './token-credential.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
const jwt = (claims: unknown): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const OWNER = { iss: 'https://login.example.org/a', sub: 'Ünal|ÿÿ>?' };

describe('the credential in a token', () => {
  it('is the id of a key, and none in any other text', async () => {
    expect(await credentialOf(`prec_${'a'.repeat(10)}_${'b'.repeat(49)}`, digest)).toBe('a'.repeat(10));
    expect(await credentialOf('a plain token', digest)).toBeUndefined();
  });

  it('is made of issuer and subject of a JSON Web Token, whatever else it says, also where the digest comes later', async () => {
    const expected = `oidc-${digest('https://login.example.org/a#Ünal|ÿÿ>?').slice(0, 22)}`;
    expect(await credentialOf(jwt({ ...OWNER, exp: 1 }), digest)).toBe(expected);
    expect(await credentialOf(jwt({ ...OWNER, exp: 2 }), async (text) => digest(text))).toBe(expected);
    expect(await credentialOf(jwt({ ...OWNER, sub: 'x' }), digest)).not.toBe(expected);
  });

  it.each([
    ['two parts', jwt(OWNER).split('.').slice(0, 2).join('.')],
    ['four parts', `${jwt(OWNER)}.more`],
    ['no JSON', 'a.b.c'],
    ['no object', jwt(7)],
    ['null', jwt(null)],
    ['no issuer', jwt({ sub: 'ada' })],
    ['an issuer that is no address', jwt({ ...OWNER, iss: 'login' })],
    ['an issuer with a "#"', jwt({ ...OWNER, iss: 'https://login.example.org/#a' })],
    ['a subject that is no text', jwt({ ...OWNER, sub: 7 })],
    ['an empty subject', jwt({ ...OWNER, sub: '' })],
  ])('is none in a token with %s', (_, token) => {
    expect(tokenOwnerIn(token)).toBeUndefined();
  });
});
