import { OTHER_KEY, TEST_KEY } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_MS, sessionServer } from './testing/session-server.ts';
import type { SessionSetup } from './testing/session-server.ts';

const setup = async (options?: SessionSetup) => {
  const server = await sessionServer(options);
  onTestFinished(server.close);
  return server;
};

const TASK = '/api/v1/tasks/t';

describe('a session', () => {
  it('is in a cookie that only this host gets, over TLS or on this machine, and no script reads', async () => {
    const { send, bearer, name } = await setup();
    const { status, cookies, headers, text } = await send('POST /api/v1/session', bearer);
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store']);
    expect(cookies).toEqual([
      expect.stringMatching(
        new RegExp(`^${name}=[\\w-]+; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=3600$`),
      ),
    ]);
    expect(cookies.join('') + text).not.toContain(TEST_KEY);
  });

  it('authenticates as its key does, and says who that is and what it may do', async () => {
    const { send, begun, calls } = await setup();
    const cookie = await begun();
    const { status, headers } = await send(`GET ${TASK}`, { cookie });
    expect([status, headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
    expect(calls).toMatchObject([{ verb: 'get', caller: { namespace: 'acme', credential: 'k1' } }]);
    const view = (await send('GET /api/v1/session', { cookie })).json();
    expect(view).toMatchObject({
      credential: 'k1',
      namespace: 'acme',
      grants: [{ role: 'admin', rights: expect.arrayContaining(['read', 'administer']) as string[] }],
      session: { endsAt: expect.any(Number) as number, renews: false },
    });
  });

  it('ends with its key, at the next request', async () => {
    const { send, begun, revoked } = await setup();
    const cookie = await begun();
    revoked.add(TEST_KEY);
    expect((await send(`GET ${TASK}`, { cookie })).status).toBe(401);
  });

  it('ends after its time, which no request prolongs', async () => {
    const { send, begun, pass } = await setup();
    const cookie = await begun();
    pass(MAX_MS - 1);
    expect((await send(`GET ${TASK}`, { cookie })).status).toBe(200);
    pass(1);
    const { status, text } = await send(`GET ${TASK}`, { cookie });
    expect([status, text]).toEqual([401, expect.stringContaining('the session has ended')]);
  });

  it('ends when the user logs out', async () => {
    const { send, begun, origin, name } = await setup();
    const cookie = await begun();
    expect((await send('DELETE /api/v1/session', { cookie })).status).toBe(403);
    const { status, cookies } = await send('DELETE /api/v1/session', { cookie, origin });
    expect(status).toBe(204);
    expect(cookies).toEqual([`${name}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`]);
    expect((await send('DELETE /api/v1/session', { origin })).status).toBe(401);
    const altered = await send('DELETE /api/v1/session', { origin, cookie: `${name}=x` });
    expect([altered.status, altered.cookies.length]).toEqual([204, 1]);
  });

  it('does not begin with a key that does not count', async () => {
    const { send } = await setup();
    const { status, cookies } = await send('POST /api/v1/session', { authorization: 'Bearer wrong' });
    expect([status, cookies]).toEqual([401, []]);
    expect((await send('POST /api/v1/session')).status).toBe(401);
    for (const body of [{ key: TEST_KEY }, null, [], 'x'])
      expect((await send('POST /api/v1/session', { authorization: `Bearer ${TEST_KEY}` }, body)).status).toBe(
        400,
      );
  });
});

describe('the cookie of a session', () => {
  it('does not count where it was altered, is of another cell, or was sealed for something else', async () => {
    const { send, begun, name } = await setup();
    const other = await setup({ secret: 'another' });
    const cookie = await begun();
    const link = (await send('POST /api/v1/session/links', { authorization: `Bearer ${TEST_KEY}` })).json();
    const [, value = ''] = cookie.split('=');
    const foreign = (await other.begun()).split('=')[1] ?? '';
    const last = value.at(-1) === 'A' ? 'B' : 'A';
    for (const wrong of [`${value.slice(0, -1)}${last}`, value.slice(1), foreign, String(link['link']), 'x'])
      expect((await send(`GET ${TASK}`, { cookie: `${name}=${wrong}` })).status).toBe(401);
    expect((await send(`GET ${TASK}`, { cookie: `precedent=${value}` })).status).toBe(401);
  });

  it('is refused when it comes twice', async () => {
    const { send, begun, name } = await setup();
    const cookie = await begun();
    const { status, json } = await send(`GET ${TASK}`, { cookie: `${cookie}; a=b; ${name}=x` });
    expect([status, json()['detail']]).toEqual([400, `Cookie: ${name} comes twice`]);
  });

  it('is left out where there is a header with a credential', async () => {
    const { send, begun, calls } = await setup();
    const cookie = await begun();
    const both = { cookie, authorization: `Bearer ${OTHER_KEY}` };
    expect((await send(`POST ${TASK}/cancel`, both, {})).status).toBe(200);
    expect(calls).toMatchObject([{ caller: { credential: 'k2' } }]);
    expect((await send(`GET ${TASK}`, { cookie, authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it('holds no credential that is too long for a browser, and the refusal says how long it is', async () => {
    const { send, begun } = await setup({ tokens: { idToken: 'x'.repeat(3_500) } });
    const { cookie } = await send('GET /login');
    const { status, json, cookies } = await send('GET /login/callback?state=the-state', { cookie });
    expect([status, json()['detail']]).toEqual([
      400,
      expect.stringMatching(/the credential takes \d{4} bytes in a cookie, and browsers take 4096/),
    ]);
    expect(cookies.filter((one) => !one.includes('Max-Age=0'))).toEqual([]);
    expect((await begun()).length).toBeLessThan(4_096);
  });
});

describe('the page of another origin', () => {
  it.each([
    ['without an origin', {}],
    ['of another port', { origin: 'http://127.0.0.1:1' }],
    ['of another scheme', { origin: 'https' }],
    ['of a frame without an origin', { origin: 'null' }],
    ['of another site', { origin: 'own', 'sec-fetch-site': 'cross-site' }],
    ['of the same site', { 'sec-fetch-site': 'same-site' }],
  ] as const)('changes nothing with a session: %s', async (_, headers) => {
    const { send, begun, calls, origin: own } = await setup();
    const cookie = await begun();
    const given = 'origin' in headers ? headers.origin : undefined;
    const origin = given === 'own' ? own : given === 'https' ? own.replace('http:', 'https:') : given;
    const sent = { ...headers, ...(origin !== undefined && { origin }), cookie };
    for (const request of [
      `POST ${TASK}/cancel`,
      `DELETE ${TASK}`,
      'POST /api/v1/tasks',
      'DELETE /api/v1/session',
    ])
      expect([request, (await send(request, sent)).status]).toEqual([request, 403]);
    expect(calls).toEqual([]);
  });

  it('reads nothing with a session', async () => {
    const { send, begun, calls } = await setup();
    const cookie = await begun();
    for (const site of ['cross-site', 'same-site'])
      for (const path of [TASK, '/api/v1/session', '/api/v1/live', '/api/v1/events'])
        expect((await send(`GET ${path}`, { cookie, 'sec-fetch-site': site })).status).toBe(403);
    expect(calls).toEqual([]);
  });

  it('begins no session in the browser of a person', async () => {
    const { send, bearer } = await setup();
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'same-site' }])
      expect((await send('POST /api/v1/session', { ...bearer, ...headers })).status).toBe(403);
  });

  it('sends no form: only JSON is read, also with the right origin', async () => {
    const { send, begun, calls, origin, url } = await setup();
    const cookie = await begun();
    expect((await send(`POST ${TASK}/cancel`, { cookie, origin }, {})).status).toBe(200);
    expect((await send(`POST ${TASK}/cancel`, { cookie, 'sec-fetch-site': 'same-origin' }, {})).status).toBe(
      200,
    );
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const headers = { cookie, origin, 'content-type': type };
      const { status } = await fetch(`${url}${TASK}/cancel`, { method: 'POST', headers, body: '{}' });
      expect([type, status]).toEqual([type, 400]);
    }
    expect(calls.length).toBe(2);
  });
});

describe('a stream', () => {
  it('is followed with a session, and ends when its key does', async () => {
    const { begun, url, revoked } = await setup({ heartbeatMs: 20 });
    const headers = { cookie: await begun(), accept: 'text/event-stream' };
    const response = await fetch(`${url}/api/v1/events`, { headers });
    expect(response.status).toBe(200);
    revoked.add(TEST_KEY);
    expect(await response.text()).toMatch(/event: end\ndata: .*UNAUTHENTICATED/);
  });
});
