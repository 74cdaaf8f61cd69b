import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { logIn, refreshLogin } from '@precedent/oidc';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CLIENT_ID, browserOf, startProvider } from './provider.ts';

/** A login that waits for a person at the address of the provider. */
const begin = async (issuer: string, more: { clientId?: string; port?: number; timeoutMs?: number } = {}) => {
  const opened = Promise.withResolvers<string>();
  const options = { issuer, clientId: CLIENT_ID, port: 0, timeoutMs: 10_000, ...more };
  const tokens = logIn({ ...options, onUrl: opened.resolve });
  // The test looks at it later.
  tokens.catch(() => undefined);
  return { tokens, url: await Promise.race([opened.promise, tokens.then(() => '')]) };
};

const unauthenticated = (message: RegExp) => ({
  code: 'UNAUTHENTICATED',
  message: expect.stringMatching(message) as string,
});

/** The address to which a provider would send the browser. */
const answerAt = (redirect: string, answer: Readonly<Record<string, string>>): string =>
  `${redirect}?${new URLSearchParams(answer).toString()}`;

describe('a login at an OpenID provider', () => {
  it('gives tokens when the person has logged in, and the browser a page that says so', async () => {
    const { issuer } = await startProvider();
    const { tokens, url } = await begin(issuer);
    const parameters = new URL(url).searchParams;
    expect(parameters.get('code_challenge_method')).toBe('S256');
    const page = await browserOf('ada').logIn(url);
    expect(await page.text()).toContain('Go on in the terminal');
    expect(await tokens).toEqual({
      principal: `${issuer}#ada`,
      idToken: expect.any(String) as string,
      refreshToken: expect.any(String) as string,
      expiresAt: expect.any(Number) as number,
    });
  });

  it('gives the next tokens of the same person, once for each refresh token', async () => {
    const { issuer } = await startProvider();
    const { tokens, url } = await begin(issuer);
    await browserOf('ada').logIn(url);
    const { refreshToken = '', principal } = await tokens;
    const next = await refreshLogin({ issuer, clientId: CLIENT_ID }, refreshToken);
    expect(next.principal).toBe(principal);
    expect(next.refreshToken).not.toBe(refreshToken);
    const again = refreshLogin({ issuer, clientId: CLIENT_ID }, refreshToken);
    await expect(again).rejects.toMatchObject(unauthenticated(/refuses the login: invalid_grant/));
  });

  it('fails when the person turns away', async () => {
    const { issuer } = await startProvider();
    const { tokens, url } = await begin(issuer);
    await browserOf('ada').cancel(url);
    await expect(tokens).rejects.toMatchObject(unauthenticated(/refuses the login: access_denied/));
  });

  it('fails when the person does not log in in time', async () => {
    const { issuer } = await startProvider();
    const { tokens } = await begin(issuer, { timeoutMs: 50 });
    await expect(tokens).rejects.toMatchObject(unauthenticated(/no login within/));
  });

  it('does not take the answer of another login, nor one with a code that the provider did not give', async () => {
    const { issuer } = await startProvider();
    const { tokens, url } = await begin(issuer);
    const { searchParams } = new URL(url);
    const redirect = searchParams.get('redirect_uri') ?? '';
    const other = await fetch(answerAt(redirect, { code: 'x', state: 'another', iss: issuer }));
    expect(other.status).toBe(404);
    const state = searchParams.get('state') ?? '';
    await fetch(answerAt(redirect, { code: 'x', state, iss: issuer }));
    await expect(tokens).rejects.toMatchObject(unauthenticated(/refuses the login: invalid_grant/));
  });

  it('does not take the answer of another provider', async () => {
    const { issuer } = await startProvider();
    const { tokens, url } = await begin(issuer);
    const { searchParams } = new URL(url);
    const answer = { code: 'x', state: searchParams.get('state') ?? '', iss: 'https://other.example.org' };
    await fetch(answerAt(searchParams.get('redirect_uri') ?? '', answer));
    await expect(tokens).rejects.toMatchObject(unauthenticated(/the answer of .+ does not count: .*iss/));
  });

  it('fails with a client that the provider does not know: its page says so', async () => {
    const { issuer } = await startProvider();
    const { url, tokens } = await begin(issuer, { clientId: 'unknown', timeoutMs: 1_000 });
    const page = await browserOf('ada').request(url);
    expect(await page.text()).toContain('invalid_client');
    await expect(tokens).rejects.toMatchObject(unauthenticated(/no login within/));
  });

  it('says that a provider cannot be reached', async () => {
    const { issuer, stop } = await startProvider();
    await stop();
    await expect(begin(issuer)).rejects.toMatchObject({
      code: 'ISSUER_UNREACHABLE',
      message: `${issuer} cannot be reached: ECONNREFUSED`,
    });
  });

  it('fails when the address is that of another issuer, or of none', async () => {
    const { issuer } = await startProvider();
    const other = issuer.replace('127.0.0.1', 'localhost');
    await expect(begin(other)).rejects.toMatchObject(unauthenticated(/issuer/));
    const none = createServer((_, response) => void response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(none, 'listening');
    onTestFinished(() => void none.close());
    const address = `http://127.0.0.1:${(none.address() as AddressInfo).port}`;
    await expect(begin(address)).rejects.toMatchObject(unauthenticated(/the answer of .+ does not count/));
  });

  it('says when the port for the answer is taken', async () => {
    const { issuer } = await startProvider();
    const taken = Number(new URL(issuer).port);
    await expect(begin(issuer, { port: taken })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(/^cannot listen on port \d+ of 127\.0\.0\.1: .*EADDRINUSE/) as string,
    });
  });
});
