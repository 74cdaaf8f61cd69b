import { describe, expect, it } from 'vitest';
import { keyParts } from './key-parts.ts';
import { issuerIn, tokenCredential, tokenPrincipal } from './token-principal.ts';

describe('the principal of a token', () => {
  it('is named by issuer and subject, and the issuer is read back whatever the subject holds', () => {
    const name = tokenPrincipal({ issuer: 'https://login.example.org/a', subject: 'x#y' });
    expect(name).toBe('https://login.example.org/a#x#y');
    expect(issuerIn(name)).toBe('https://login.example.org/a');
    expect(issuerIn('ann')).toBeUndefined();
  });

  it('has a credential that is one token of a subject, and that no key has', () => {
    const credential = tokenCredential('AbC-_'.repeat(9));
    expect(credential).toMatch(/^oidc-[A-Za-z0-9_-]{22}$/);
    expect(keyParts(`prec_${credential}_${'b'.repeat(49)}`)).toBeUndefined();
  });
});
