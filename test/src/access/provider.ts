import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { JWK, JWTPayload } from 'jose';
import { Provider } from 'oidc-provider';
import { onTestFinished, vi } from 'vitest';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** With its private part. */
  readonly jwk: JWK;
}

type CryptoKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

export const newSigningKey = async (kid: string): Promise<SigningKey> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' } };
};

export const CLIENT_ID = 'precedent';
const HOUR_S = 3_600;

/** A real OpenID provider, whose keys the test knows. It takes every name of a person with every password. */
export const startProvider = async ({ idTokenSeconds = HOUR_S } = {}) => {
  let signing = await newSigningKey('first');
  const served: { listener: RequestListener } = { listener: (_, response) => void response.end() };
  const server = createServer((request, response) => served.listener(request, response));
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const serve = (): void => {
    // It says at length that its storage and its forms are for tests.
    const warnings = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const keys = [signing.jwk];
    served.listener = new Provider(issuer, configurationOf({ keys, idTokenSeconds })).callback();
    warnings.mockRestore();
  };
  serve();
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(stop);
  return {
    issuer,
    stop,
    start: () => listen(port),
    /** From now on it signs with another key, and publishes no other. */
    rotate: async (): Promise<void> => {
      signing = await newSigningKey('second');
      serve();
    },
    /** A token as it gives one, with other claims. */
    token: (subject: string, change: JWTPayload = {}, key = signing): Promise<string> =>
      tokenWith(key, { iss: issuer, sub: subject, ...change }),
  };
};

/** A token for our client, valid for an hour. */
export const tokenWith = ({ kid, privateKey }: SigningKey, claims: JWTPayload): Promise<string> =>
  new SignJWT({ aud: CLIENT_ID, exp: Math.floor(Date.now() / 1_000) + HOUR_S, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(privateKey);

interface Configured {
  readonly keys: readonly JWK[];
  readonly idTokenSeconds: number;
}

const configurationOf = ({ keys, idTokenSeconds }: Configured) => ({
  clients: [
    {
      client_id: CLIENT_ID,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: 'ES256',
      // Of the command line, and of the gateway.
      redirect_uris: ['http://127.0.0.1/callback', 'http://127.0.0.1/login/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
  ],
  jwks: { keys },
  features: { devInteractions: { enabled: true }, revocation: { enabled: true, allowedPolicy: () => true } },
  findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
  renderError: (context: { body?: unknown }, { error }: { readonly error: string }) => {
    context.body = error;
  },
  cookies: { keys: ['only for tests'] },
  ttl: {
    IdToken: idTokenSeconds,
    AccessToken: HOUR_S,
    RefreshToken: HOUR_S,
    Session: HOUR_S,
    Grant: HOUR_S,
    Interaction: HOUR_S,
  },
});

/** A browser in the hands of a person: it follows redirects, remembers cookies and fills the forms of the provider. */
export const browserOf = (person: string) => {
  const cookies = new Map<string, string>();
  const request = async (url: string, form?: Readonly<Record<string, string>>): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const one of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  /** Resolves with the page at which it ends: that of the program that began the login. */
  const follow = async (url: string, response: Response): Promise<Response> => {
    const location = response.headers.get('location');
    if (location === null) return response;
    const next = new URL(location, url).href;
    return await follow(next, await request(next));
  };
  const submit = async (page: Response, form: Readonly<Record<string, string>>): Promise<Response> => {
    const [, action = ''] = /action="([^"]+)"/.exec(await page.clone().text()) ?? [];
    return await follow(action, await request(action, form));
  };
  return {
    request,
    cookies,
    /** Logs in and consents. */
    logIn: async (url: string): Promise<Response> => {
      const login = await follow(url, await request(url));
      const consent = await submit(login, { prompt: 'login', login: person, password: 'x' });
      return await submit(consent, { prompt: 'consent' });
    },
    /** Goes to the login, and turns away from it. */
    cancel: async (url: string): Promise<Response> => {
      const login = await follow(url, await request(url));
      const [, abort = ''] = /href="([^"]+\/abort)"/.exec(await login.text()) ?? [];
      return await follow(abort, await request(abort));
    },
  };
};
