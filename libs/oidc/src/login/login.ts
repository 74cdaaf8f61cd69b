import { AppError, within } from '@precedent/kernel';
import type { LoginTokens } from '@precedent/ports';
import { loginProvider } from './login-provider.ts';
import type { LoginClient } from './login-provider.ts';
import { openRedirectServer } from './redirect-server.ts';
import type { RedirectServer } from './redirect-server.ts';

export interface LoginOptions extends LoginClient {
  /** Of this machine, to which the browser brings the answer. 0: any. */
  readonly port: number;
  /** Milliseconds for the person to log in. */
  readonly timeoutMs: number;
  /** Called with the address that the person has to open. */
  readonly onUrl: (url: string) => void;
}

/**
 * Logs in the person at this machine. Throws UNAUTHENTICATED when the provider or the person refuses, or the answer is late, and
 * ISSUER_UNREACHABLE.
 */
export const logIn = async (options: LoginOptions): Promise<LoginTokens> => {
  const provider = loginProvider(options);
  const redirect = await openRedirectServer(options.port);
  try {
    const { url, pending } = await provider.begin(redirect.uri);
    const answer = redirect.answerTo(pending.state);
    options.onUrl(url);
    return await provider.finish(pending, await inTime(answer, options));
  } finally {
    redirect.close();
  }
};

/** The next tokens of a login. Throws UNAUTHENTICATED when the provider gives none any more, and ISSUER_UNREACHABLE. */
export const refreshLogin = (client: LoginClient, refreshToken: string): Promise<LoginTokens> =>
  loginProvider(client).renew(refreshToken);

const inTime = (answer: ReturnType<RedirectServer['answerTo']>, { timeoutMs }: LoginOptions): Promise<URL> =>
  within(
    answer,
    timeoutMs,
    () => new AppError('UNAUTHENTICATED', `no login within ${Math.round(timeoutMs / 1_000)} s`),
  );
