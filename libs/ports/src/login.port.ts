import type { EpochMs } from '@precedent/kernel';

/** An OpenID provider at which persons log in. All reject UNAUTHENTICATED when it refuses, and ISSUER_UNREACHABLE. */
export interface LoginProvider {
  readonly issuer: string;
  /** `redirectUri`: where the provider sends the browser afterwards. */
  begin(redirectUri: string): Promise<BegunLogin>;
  /** `answer`: the whole address to which the provider sent the browser. */
  finish(pending: PendingLogin, answer: URL): Promise<LoginTokens>;
  /** The next tokens. A provider may take each refresh token once. */
  renew(refreshToken: string): Promise<LoginTokens>;
  /** Resolves when the refresh token counts no more, also where the provider has no way to end it. */
  end(refreshToken: string): Promise<void>;
}

export interface BegunLogin {
  /** That the person has to open. */
  readonly url: string;
  readonly pending: PendingLogin;
}

/** What binds the answer of a provider to the login that began. The verifier is a secret. */
export interface PendingLogin {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
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
