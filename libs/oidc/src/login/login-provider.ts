import { AppError, tokenPrincipal } from '@precedent/kernel';
import type { BegunLogin, LoginProvider, LoginTokens, PendingLogin } from '@precedent/ports';
import type * as OpenIdClient from 'openid-client';
import { loginError } from './login-error.ts';

/** A client of a provider, without a secret: it is a program on the machine of a person, or it keeps none. */
export interface LoginClient {
  readonly issuer: string;
  readonly clientId: string;
}

type Library = typeof OpenIdClient;
type Configuration = Awaited<ReturnType<Library['discovery']>>;

interface Discovered {
  readonly library: Library;
  readonly configuration: Configuration;
}

/** For each request to the provider. Seconds. */
const REQUEST_S = 10;
const OFFLINE = 'offline_access';
/** How long the configuration of a provider is used before it is read again. Milliseconds. */
const FRESH_MS = 600_000;

/** Logs in by the authorization code flow with PKCE. The library is loaded, and the provider read, for the first login. */
export const loginProvider = (client: LoginClient): LoginProvider => {
  const use = withProvider(
    client.issuer,
    recent(() => discover(client)),
  );
  return {
    issuer: client.issuer,
    begin: (redirectUri) => use((found) => begin(found, redirectUri)),
    finish: (pending, answer) =>
      use(async (found) => tokensOf(client, await granted(found, pending, answer))),
    renew: (refreshToken) =>
      use(async ({ library, configuration }) => {
        const tokens = await library.refreshTokenGrant(configuration, refreshToken);
        // Without a new refresh token the one before stays good.
        return { refreshToken, ...tokensOf(client, tokens) };
      }),
    end: (refreshToken) =>
      use(async ({ library, configuration }) => {
        if (configuration.serverMetadata().revocation_endpoint === undefined) return;
        await library.tokenRevocation(configuration, refreshToken);
      }),
  };
};

const discover = async ({ issuer, clientId }: LoginClient): Promise<Discovered> => {
  const library = await import('openid-client');
  const url = new URL(issuer);
  const execute = url.protocol === 'http:' ? [library.allowInsecureRequests] : [];
  const options = { execute, timeout: REQUEST_S };
  return {
    library,
    configuration: await library.discovery(url, clientId, undefined, library.None(), options),
  };
};

/** The result of `read`, for a while; a failure is not remembered. */
const recent = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let known: { readonly result: Promise<T>; readonly at: number } | undefined;
  return () => {
    if (known && performance.now() - known.at < FRESH_MS) return known.result;
    const result = read();
    known = { result, at: performance.now() };
    result.catch(() => {
      known = undefined;
    });
    return result;
  };
};

const withProvider =
  (issuer: string, found: () => Promise<Discovered>) =>
  async <T>(use: (found: Discovered) => Promise<T>): Promise<T> => {
    try {
      return await use(await found());
    } catch (error) {
      throw error instanceof AppError ? error : loginError(issuer, error);
    }
  };

const begin = async ({ library, configuration }: Discovered, redirectUri: string): Promise<BegunLogin> => {
  const [state, nonce] = [library.randomState(), library.randomNonce()];
  const verifier = library.randomPKCECodeVerifier();
  const url = library.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    code_challenge: await library.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...scopeOf(configuration),
  });
  return { url: url.href, pending: { state, nonce, verifier } };
};

const granted = (
  { library, configuration }: Discovered,
  { state, nonce, verifier }: PendingLogin,
  answer: URL,
): Promise<Answer> =>
  library.authorizationCodeGrant(configuration, answer, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });

/** A refresh token, where the provider has them: it gives one with the consent of the person. */
const scopeOf = (configuration: Configuration): { readonly scope: string; readonly prompt?: string } => {
  const { scopes_supported: scopes = [] } = configuration.serverMetadata();
  return scopes.includes(OFFLINE) ? { scope: `openid ${OFFLINE}`, prompt: 'consent' } : { scope: 'openid' };
};

type Answer = Pick<
  Awaited<ReturnType<Library['refreshTokenGrant']>>,
  'id_token' | 'refresh_token' | 'claims'
>;

const tokensOf = ({ issuer }: LoginClient, answer: Answer): LoginTokens => {
  const { id_token: idToken, refresh_token: refreshToken } = answer;
  const claims = answer.claims();
  if (idToken === undefined || claims === undefined)
    throw new AppError('UNAUTHENTICATED', `${issuer} gives no ID token`);
  const principal = tokenPrincipal({ issuer: claims.iss, subject: claims.sub });
  const more = refreshToken === undefined ? {} : { refreshToken };
  return { principal, idToken, expiresAt: claims.exp * 1_000, ...more };
};
