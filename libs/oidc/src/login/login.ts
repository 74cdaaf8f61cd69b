import { AppError, tokenPrincipal, within } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type * as OpenIdClient from 'openid-client';
import { loginError } from './login-error.ts';
import { openRedirectServer } from './redirect-server.ts';
import type { RedirectServer } from './redirect-server.ts';

/** A client of a provider, without a secret: it is a program on the machine of a person. */
export interface LoginClient {
  readonly issuer: string;
  readonly clientId: string;
}

export interface LoginOptions extends LoginClient {
  /** Of this machine, to which the browser brings the answer. 0: any. */
  readonly port: number;
  /** Milliseconds for the person to log in. */
  readonly timeoutMs: number;
  /** Called with the address that the person has to open. */
  readonly onUrl: (url: string) => void;
}

/** What a login gives. */
export interface LoginTokens {
  /** The name of the principal, to which rights are granted. */
  readonly principal: string;
  /** The token with which to connect. */
  readonly idToken: string;
  /** Gets the next one; absent where the provider gives none. */
  readonly refreshToken?: string;
  readonly expiresAt: EpochMs;
}

type Library = typeof OpenIdClient;
type Configuration = Awaited<ReturnType<Library['discovery']>>;

/** For each request to the provider. Seconds. */
const REQUEST_S = 10;
const OFFLINE = 'offline_access';

/**
 * Logs a person in by the authorization code flow with PKCE. Throws UNAUTHENTICATED when the provider or the person refuses, or the
 * answer is late, and ISSUER_UNREACHABLE.
 */
export const logIn = (options: LoginOptions): Promise<LoginTokens> =>
  withProvider(options, async (library, configuration) => {
    const [state, nonce] = [library.randomState(), library.randomNonce()];
    const verifier = library.randomPKCECodeVerifier();
    const redirect = await openRedirectServer(options.port, state);
    try {
      const url = library.buildAuthorizationUrl(configuration, {
        redirect_uri: redirect.uri,
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...scopeOf(configuration),
      });
      options.onUrl(url.href);
      const tokens = await library.authorizationCodeGrant(configuration, await answerTo(redirect, options), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      return tokensOf(options, tokens);
    } finally {
      redirect.close();
    }
  });

/** The next tokens of a login. Throws UNAUTHENTICATED when the provider gives none any more, and ISSUER_UNREACHABLE. */
export const refreshLogin = (client: LoginClient, refreshToken: string): Promise<LoginTokens> =>
  withProvider(client, async (library, configuration) => {
    const tokens = await library.refreshTokenGrant(configuration, refreshToken);
    // Without a new refresh token the one before stays good.
    return { refreshToken, ...tokensOf(client, tokens) };
  });

const withProvider = async <T>(
  { issuer, clientId }: LoginClient,
  use: (library: Library, configuration: Configuration) => Promise<T>,
): Promise<T> => {
  const library = await import('openid-client');
  try {
    const url = new URL(issuer);
    const execute = url.protocol === 'http:' ? [library.allowInsecureRequests] : [];
    const options = { execute, timeout: REQUEST_S };
    return await use(library, await library.discovery(url, clientId, undefined, library.None(), options));
  } catch (error) {
    throw error instanceof AppError ? error : loginError(issuer, error);
  }
};

/** A refresh token, where the provider has them: it gives one with the consent of the person. */
const scopeOf = (configuration: Configuration): { readonly scope: string; readonly prompt?: string } => {
  const { scopes_supported: scopes = [] } = configuration.serverMetadata();
  return scopes.includes(OFFLINE) ? { scope: `openid ${OFFLINE}`, prompt: 'consent' } : { scope: 'openid' };
};

const answerTo = ({ answer }: RedirectServer, { timeoutMs }: LoginOptions): Promise<URL> =>
  within(
    answer,
    timeoutMs,
    () => new AppError('UNAUTHENTICATED', `no login within ${Math.round(timeoutMs / 1_000)} s`),
  );

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
