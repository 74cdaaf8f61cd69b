import { AppError, isAppError } from '@precedent/kernel';
import type { LoginTokens } from '@precedent/ports';
import type { Session, SessionOptions } from './session-store.ts';

/** So long before its end a token is replaced. Milliseconds. */
const EARLY_MS = 60_000;
/** How long the result is remembered for requests that still have the cookie before. Milliseconds. */
const REMEMBERED_MS = 60_000;

interface Renewal {
  readonly tokens: Promise<LoginTokens>;
  readonly at: number;
}

/**
 * Replaces tokens before they end. A provider takes each refresh token once, and a page sends several requests at once: those of one
 * gateway share a renewal.
 */
export class Renewals {
  readonly #options: SessionOptions;
  readonly #renewals = new Map<string, Renewal>();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** The session with a token for now; the same one where there is nothing to renew. Rejects where the token has ended and there is no next one. */
  async current(session: Session): Promise<Session> {
    const { now } = this.#options;
    const { expiresAt = Infinity } = session;
    if (now() < expiresAt - EARLY_MS || session.refreshToken === undefined) return session;
    try {
      const {
        idToken: token,
        expiresAt: end,
        refreshToken,
      } = await this.#renew(session, session.refreshToken);
      return { ...session, token, expiresAt: end, refreshToken: refreshToken ?? session.refreshToken };
    } catch (error) {
      // The next request may do better.
      if (isAppError(error) && now() < expiresAt) return session;
      throw error;
    }
  }

  #renew({ issuer }: Session, refreshToken: string): Promise<LoginTokens> {
    const { providers, now } = this.#options;
    for (const [known, { at }] of this.#renewals)
      if (now() - at > REMEMBERED_MS) this.#renewals.delete(known);
    const shared = this.#renewals.get(refreshToken);
    if (shared) return shared.tokens;
    const provider = providers.find((one) => one.issuer === issuer);
    if (provider === undefined) return Promise.reject(notTrusted(issuer));
    const tokens = provider.renew(refreshToken);
    this.#renewals.set(refreshToken, { tokens, at: now() });
    tokens.catch(() => void this.#renewals.delete(refreshToken));
    return tokens;
  }
}

const notTrusted = (issuer: string | undefined): AppError =>
  new AppError(
    'UNAUTHENTICATED',
    `${issuer ?? 'the provider'} is not in access.issuers any more: log in again`,
  );
