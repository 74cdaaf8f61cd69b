import { OTHER_KEY, TEST_KEY } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ISSUER, MAX_MS, sessionServer } from './testing/session-server.ts';
import type { SessionSetup } from './testing/session-server.ts';

const setup = async (options?: SessionSetup) => {
  const server = await sessionServer(options);
  onTestFinished(server.close);
  return server;
};

const TASK = '/api/v1/tasks/t';

describe('a login', () => {
  it('goes to the provider and back, into the page that was wanted', async () => {
    const { send, origin, name } = await setup();
    const { status, headers, cookies, cookie } = await send('GET /login?return=/api/v1/docs%23live');
    expect(status).toBe(303);
    const redirect = encodeURIComponent(`${origin}/login/callback`);
    expect(headers.get('location')).toBe(`${ISSUER}/authorize?redirect_uri=${redirect}`);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(cookies[0]).toContain('Secure; HttpOnly; SameSite=Lax; Max-Age=600');
    expect(cookies[0]).not.toContain('the-state');
    const back = await send('GET /login/callback?code=c&state=the-state', { cookie });
    expect([back.status, back.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
    expect(back.text).toContain('content="0;url=/api/v1/docs#live"');
    expect(back.cookies[0]).toContain('-login-');
    expect(back.cookies[0]).toContain('Max-Age=0');
    expect(back.cookie).toMatch(new RegExp(`^${name}=`));
    expect((await send(`GET ${TASK}`, { cookie: back.cookie })).status).toBe(200);
  });

  it('ends only in the browser in which it began', async () => {
    const { send, name } = await setup();
    const begun = (await send('GET /login')).cookie;
    const answer = 'GET /login/callback?code=c&state=the-state';
    expect((await send(answer)).status).toBe(401);
    expect((await send('GET /login/callback?code=c&state=other', { cookie: begun })).status).toBe(401);
    const session = (await send(answer, { cookie: begun })).cookie;
    const swapped = `${name.replace('precedent', 'precedent-login')}=${session.split('=')[1] ?? ''}`;
    expect((await send(answer, { cookie: swapped })).status).toBe(401);
  });

  it('ends after ten minutes', async () => {
    const { send, pass } = await setup();
    const { cookie } = await send('GET /login');
    pass(600_000);
    const { status, text } = await send('GET /login/callback?code=c&state=the-state', { cookie });
    expect([status, text]).toEqual([401, expect.stringContaining('the login took too long')]);
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/%5Cevil\\x',
    '\\/evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    'evil.example',
    '',
  ])('goes on to no other server: %s', async (target) => {
    const { send } = await setup();
    for (const path of ['/login', '/login/link']) {
      const { status, headers, json } = await send(`GET ${path}?return=${encodeURIComponent(target)}`);
      expect([path, status, headers.get('location')]).toEqual([path, 400, null]);
      expect(json()).toMatchObject({ issues: [{ field: 'return' }] });
    }
    for (const path of ['/login?return=/a&return=/b', `/login?return=/${'x'.repeat(1_001)}`])
      expect((await send(`GET ${path}`)).status).toBe(400);
  });

  it('is at a provider of the list only, and without one the answer says what to do', async () => {
    const { send } = await setup();
    expect((await send('GET /login?issuer=https://evil.example')).status).toBe(400);
    const { status, text } = await (await setup({ providers: 0 })).send('GET /login');
    expect([status, text]).toEqual([404, expect.stringContaining('precedent open')]);
  });
});

describe('the token of a login', () => {
  const renewed = (token = OTHER_KEY) => {
    const used: string[] = [];
    const renew = async (refreshToken: string) => {
      used.push(refreshToken);
      await Promise.resolve();
      return { principal: 'ada', idToken: token, refreshToken: 'r2', expiresAt: Date.now() + 2 * MAX_MS };
    };
    return { used, renew };
  };
  const loggedIn = async (options: SessionSetup) => {
    const world = await setup(options);
    const { cookie } = await world.send('GET /login');
    return { ...world, cookie: (await world.send('GET /login/callback?state=the-state', { cookie })).cookie };
  };
  const inTenMinutes = () => ({ refreshToken: 'r1', expiresAt: Date.now() + 600_000 });

  it('is replaced before its end, once for requests that come together, and the browser gets the next cookie', async () => {
    const { used, renew } = renewed();
    const { send, cookie, pass, calls } = await loggedIn({ tokens: inTenMinutes(), renew });
    expect((await send(`GET ${TASK}`, { cookie })).cookies).toEqual([]);
    pass(550_000);
    const answers = await Promise.all([1, 2, 3].map(() => send(`GET ${TASK}`, { cookie })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(used).toEqual(['r1']);
    expect(calls.at(-1)).toMatchObject({ caller: { credential: 'k2' } });
    const next = answers[0]?.cookie ?? '';
    expect(next).not.toBe(cookie);
    expect((await send('GET /api/v1/session', { cookie: next })).json()).toMatchObject({
      credential: 'k2',
      session: { renews: true, issuer: ISSUER },
    });
    pass(MAX_MS);
    expect((await send(`GET ${TASK}`, { cookie: next })).status).toBe(401);
  });

  it('is used to its end where the provider gives no other one', async () => {
    const { send, cookie, pass } = await loggedIn({ tokens: inTenMinutes() });
    pass(550_000);
    expect((await send(`GET ${TASK}`, { cookie })).status).toBe(200);
    pass(60_000);
    expect((await send(`GET ${TASK}`, { cookie })).status).toBe(401);
  });

  it('is carried without the refresh token where both are too long', async () => {
    const tokens = { ...inTenMinutes(), refreshToken: 'r'.repeat(3_500) };
    const { send, cookie } = await loggedIn({ tokens });
    const { session } = (await send('GET /api/v1/session', { cookie })).json();
    expect(session).toMatchObject({ renews: false, endsAt: tokens.expiresAt });
  });
});

describe('a link', () => {
  it('begins a session once, in a page that gets it behind "#"', async () => {
    const { send, bearer, origin, name } = await setup();
    const made = await send('POST /api/v1/session/links', bearer);
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { link } = made.json();
    const page = await send('GET /login/link?return=/api/v1/docs%3Fa=%22b');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-/);
    expect(page.text).toContain('data-return="/api/v1/docs?a=&quot;b"');
    const headers = { origin, 'sec-fetch-site': 'same-origin' };
    const begun = await send('POST /api/v1/session', headers, { link });
    expect([begun.status, begun.cookie.split('=')[0]]).toEqual([201, name]);
    expect((await send(`GET ${TASK}`, { cookie: begun.cookie })).status).toBe(200);
    const again = await send('POST /api/v1/session', headers, { link });
    expect([again.status, again.text]).toEqual([401, expect.stringContaining('the link was used already')]);
  });

  it('ends after a minute, and with its key', async () => {
    const { send, bearer, pass, revoked } = await setup();
    const linkOf = async () => ({ link: (await send('POST /api/v1/session/links', bearer)).json()['link'] });
    const late = await linkOf();
    pass(60_000);
    expect((await send('POST /api/v1/session', {}, late)).text).toContain('the link has ended');
    const good = await linkOf();
    revoked.add(TEST_KEY);
    expect((await send('POST /api/v1/session', {}, good)).status).toBe(401);
  });

  it('is not made for who has a session only', async () => {
    const { send, begun, origin } = await setup();
    const { status } = await send('POST /api/v1/session/links', { cookie: await begun(), origin });
    expect(status).toBe(403);
  });

  it('of another cell begins nothing', async () => {
    const other = await setup({ secret: 'another' });
    const { link } = (await other.send('POST /api/v1/session/links', other.bearer)).json();
    const { send } = await setup();
    expect((await send('POST /api/v1/session', {}, { link })).text).toContain('was not made by this cell');
  });
});
