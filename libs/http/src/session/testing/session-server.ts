import { once } from 'node:events';
import { AppError } from '@precedent/kernel';
import { textSeal } from '@precedent/ports';
import type { LoginProvider, LoginTokens } from '@precedent/ports';
import { TEST_KEY, testListener } from '@precedent/web-server/testing';
import { openHttpServer } from '../../server.ts';

export const ISSUER = 'https://login.example';
export const MAX_MS = 3_600_000;

/** A provider that gives one token at each login, and others for its refresh tokens. */
const aProvider = (first: Partial<LoginTokens>, renew: LoginProvider['renew']): LoginProvider => ({
  issuer: ISSUER,
  begin: async (redirectUri) => ({
    url: `${ISSUER}/authorize?redirect_uri=${encodeURIComponent(redirectUri)}`,
    pending: { state: 'the-state', nonce: 'n', verifier: 'v' },
  }),
  finish: async ({ state }, answer) => {
    if (answer.searchParams.get('state') !== state) throw new AppError('UNAUTHENTICATED', 'another state');
    return { principal: 'ada', idToken: TEST_KEY, expiresAt: Date.now() + 2 * MAX_MS, ...first };
  },
  renew,
  end: async () => undefined,
});

export interface SessionSetup {
  readonly secret?: string;
  readonly tokens?: Partial<LoginTokens>;
  readonly renew?: LoginProvider['renew'];
  readonly providers?: number;
  readonly heartbeatMs?: number;
}

/** A browser without a will of its own: it sends what the test says. */
const sender =
  (url: string) =>
  async (request: string, headers: Record<string, string> = {}, body?: unknown) => {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const cookies = response.headers.getSetCookie();
    return {
      status: response.status,
      headers: response.headers,
      text,
      cookies,
      json: () => JSON.parse(text) as Record<string, unknown>,
      /** As a browser sends it. */
      cookie: cookies.flatMap((one) => (one.includes('Max-Age=0') ? [] : [one.split(';')[0]])).join('; '),
    };
  };

/** A server with sessions, and a clock that the test moves. */
export const sessionServer = async ({
  secret = 's',
  tokens = {},
  renew,
  providers = 1,
  heartbeatMs = 60_000,
}: SessionSetup = {}) => {
  const { options, calls } = testListener();
  const revoked = new Set<string>();
  let now = Date.now();
  const noRenewal = () => Promise.reject(new AppError('UNAUTHENTICATED', 'no more'));
  const server = await openHttpServer({
    ...options,
    authenticate: (token, from) =>
      revoked.has(token)
        ? Promise.reject(new AppError('UNAUTHENTICATED', 'revoked'))
        : options.authenticate(token, from),
    health: { problem: () => undefined },
    events: {
      events: async function* ({ signal }) {
        yield { kind: 'position', at: '1' };
        await once(signal, 'abort');
      },
    },
    sessions: {
      seal: textSeal(secret, 'session'),
      providers: [aProvider(tokens, renew ?? noRenewal)].slice(0, providers),
      maxMs: MAX_MS,
      now: () => now,
    },
    heartbeatMs,
  });
  const { port } = new URL(server.url);
  const send = sender(server.url);
  const bearer = { authorization: `Bearer ${TEST_KEY}` };
  const begun = async (): Promise<string> => (await send('POST /api/v1/session', bearer)).cookie;
  return {
    send,
    calls,
    begun,
    bearer,
    revoked,
    url: server.url,
    origin: server.url,
    close: () => server.close(),
    name: `__Host-precedent-${port}`,
    pass: (ms: number) => (now += ms),
  };
};
