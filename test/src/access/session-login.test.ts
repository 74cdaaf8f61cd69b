import { openHttpServer } from '@precedent/http';
import { AppError } from '@precedent/kernel';
import { loginProvider, tokenVerifier } from '@precedent/oidc';
import { textSeal } from '@precedent/ports';
import type { Authenticate } from '@precedent/ports';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CLIENT_ID, browserOf, startProvider } from './provider.ts';

const SECRET = 'only for tests, and long enough';

/** A gateway that takes the tokens of a provider, and no other credential. */
const gatewayOf = async (issuer: string, secret = SECRET) => {
  const trusted = { issuer, audience: CLIENT_ID, algorithms: ['ES256'], kind: 'human', jwksUrl: '' } as const;
  const tokens = tokenVerifier([trusted], Date.now);
  const authenticate: Authenticate = async (token) => {
    const verified = await tokens.verify(token);
    if ('refusal' in verified) throw new AppError('UNAUTHENTICATED', verified.refusal);
    const { principal } = verified;
    return { principal, credential: principal, namespace: 'acme', highestBand: 'high', grants: [] };
  };
  const server = await openHttpServer({
    host: '127.0.0.1',
    port: 0,
    version: '1.2.3',
    calls: { call: async () => ({ tasks: [] }), text: async () => '{"tasks":[]}' },
    events: { events: async function* () {} },
    authenticate,
    health: { problem: () => undefined },
    sessions: {
      seal: textSeal(secret, 'session'),
      providers: [loginProvider({ issuer, clientId: CLIENT_ID })],
      maxMs: 3_600_000,
      now: Date.now,
    },
    onFault: () => undefined,
  });
  onTestFinished(() => server.close());
  const withCookies = (cookies: ReadonlyMap<string, string>, path: string, init: RequestInit = {}) =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: { origin: server.url, cookie: [...cookies].map((one) => one.join('=')).join('; ') },
    });
  const whoIs = async (cookies: ReadonlyMap<string, string>) => {
    const response = await withCookies(cookies, '/api/v1/session');
    return { status: response.status, cookies: response.headers.getSetCookie(), body: await response.json() };
  };
  const name = (kind: string): string => `__Host-precedent${kind}-${new URL(server.url).port}`;
  return { url: server.url, withCookies, whoIs, name };
};

describe('the login of a browser at an OpenID provider', () => {
  it('gives it a session in the name of the person, which holds at every gateway of the cell', async () => {
    const { issuer } = await startProvider();
    const { url, whoIs, name } = await gatewayOf(issuer);
    const browser = browserOf('ada');
    const page = await browser.logIn(`${url}/login?return=/api/v1/docs`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('url=/api/v1/docs')]);
    const session = browser.cookies.get(name('')) ?? '';
    expect(session.length).toBeGreaterThan(100);
    expect(session.length).toBeLessThan(2_500);
    expect(await whoIs(browser.cookies)).toMatchObject({
      status: 200,
      cookies: [],
      body: { principal: `${issuer}#ada`, session: { renews: true, issuer } },
    });
    const other = await gatewayOf(issuer);
    expect((await other.whoIs(new Map([[other.name(''), session]]))).status).toBe(200);
    const foreign = await gatewayOf(issuer, 'the secret of another cell, as long');
    expect((await foreign.whoIs(new Map([[foreign.name(''), session]]))).status).toBe(401);
  });

  it('is renewed with the refresh token, once, and the provider ends it when the person logs out', async () => {
    // A token that ends within a minute is replaced.
    const { issuer } = await startProvider({ idTokenSeconds: 30 });
    const { url, whoIs, withCookies, name } = await gatewayOf(issuer);
    const browser = browserOf('ada');
    await browser.logIn(`${url}/login`);
    const first = new Map(browser.cookies);
    const answers = await Promise.all([1, 2, 3].map(() => whoIs(first)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [, value = ''] = /=([^;]+)/.exec(answers[0]?.cookies[0] ?? '') ?? [];
    expect(value).not.toBe(first.get(name('')));
    const next = new Map([[name(''), value]]);
    const out = await withCookies(next, '/api/v1/session', { method: 'DELETE' });
    expect([out.status, out.headers.getSetCookie()]).toEqual([204, [expect.stringContaining('Max-Age=0')]]);
    const after = await whoIs(next);
    expect([after.status, after.cookies]).toEqual([200, []]);
  });

  it('gives no session when the person turns away, and none to a browser that did not begin it', async () => {
    const { issuer } = await startProvider();
    const { url, name } = await gatewayOf(issuer);
    const browser = browserOf('ada');
    const page = await browser.cancel(`${url}/login`);
    expect([page.status, await page.text()]).toEqual([401, expect.stringContaining('access_denied')]);
    expect(browser.cookies.get(name('')) ?? '').toBe('');

    const attacker = browserOf('eve');
    const begun = await attacker.request(`${url}/login`);
    const { searchParams } = new URL(begun.headers.get('location') ?? '');
    const answer = `${url}/login/callback?code=x&state=${searchParams.get('state') ?? ''}&iss=${issuer}`;
    const victim = browserOf('ada');
    expect((await victim.request(answer)).status).toBe(401);
    await victim.request(`${url}/login`);
    const swapped = await victim.request(answer);
    expect([swapped.status, await swapped.text()]).toEqual([
      401,
      expect.stringMatching(/does not count: .*state/),
    ]);
    expect(victim.cookies.get(name('')) ?? '').toBe('');
  });

  it('says that the provider cannot be reached', async () => {
    const { issuer, stop } = await startProvider();
    const { url } = await gatewayOf(issuer);
    await stop();
    const response = await browserOf('ada').request(`${url}/login`);
    expect([response.status, await response.json()]).toEqual([
      503,
      expect.objectContaining({ code: 'ISSUER_UNREACHABLE' }),
    ]);
  });
});
