import type { Issue } from '@precedent/kernel';
import { isAppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';

const ISSUER = { issuer: 'https://login.example.org/realms/a', audience: 'precedent' };

const load = (issuers: unknown) =>
  loadConfig({ cwd: '/', env: {}, overrides: { 'access.issuers': issuers } }).access.issuers;

const issuesOf = (issuers: unknown): readonly Issue[] => {
  try {
    load(issuers);
  } catch (error) {
    if (isAppError(error)) return error.extras.issues ?? [];
    throw error;
  }
  return [];
};

describe('access.issuers', () => {
  it('is empty as a rule, and a provider needs its address and an audience', () => {
    const whole = { ...ISSUER, algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'], kind: 'human', jwksUrl: '' };
    expect(load(undefined)).toEqual([]);
    expect(load([ISSUER])).toEqual([whole]);
  });

  it('may be JSON, as in a variable', () => {
    const text = JSON.stringify([{ ...ISSUER, kind: 'service', algorithms: 'ES512, Ed25519' }]);
    expect(load(text)).toMatchObject([{ kind: 'service', algorithms: ['ES512', 'Ed25519'] }]);
  });

  it.each(['http://127.0.0.1:8080/a', 'http://localhost', 'http://[::1]:9', 'https://x.example/'])(
    'takes the address %s',
    (issuer) => {
      expect(load([{ ...ISSUER, issuer }])).toHaveLength(1);
    },
  );

  it.each<readonly [string, unknown]>([
    ['issuer', undefined],
    ['issuer', 'login.example.org'],
    ['issuer', 'http://login.example.org'],
    ['issuer', 'http://127.0.0.1.example.org'],
    ['issuer', 'http://localhost.example.org'],
    ['issuer', 'https://login.example.org#a'],
    ['issuer', 'https://login.example.org?a'],
    ['issuer', 'https://me:secret@login.example.org'],
    ['issuer', `https://login.example.org/${'a'.repeat(200)}`],
    ['audience', undefined],
    ['audience', ''],
    ['algorithms', ['none']],
    ['algorithms', ['RS256', 'HS256']],
    ['algorithms', []],
    ['kind', 'root'],
    ['jwksUrl', 'http://login.example.org/keys'],
  ])('refuses the %s %j, and names the key', (field, value) => {
    expect(issuesOf([ISSUER, { ...ISSUER, issuer: 'https://b.example.org', [field]: value }])).toEqual([
      { field: `access.issuers.1.${field}`, message: expect.any(String) as string },
    ]);
  });

  it('refuses an issuer that is there twice, a field that there is not, and what is no list', () => {
    expect(issuesOf([ISSUER, ISSUER])).toEqual([
      { field: 'access.issuers.1.issuer', message: `${ISSUER.issuer} is in the list already` },
    ]);
    expect(issuesOf([{ ...ISSUER, audiences: 'a' }])).toMatchObject([{ field: 'access.issuers.0' }]);
    for (const value of ['https://login.example.org', 7, {}, [7]])
      expect(issuesOf(value)[0]?.field).toMatch(/^access\.issuers/);
  });
});
