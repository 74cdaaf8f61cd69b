import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@precedent/kernel';
import { EARLY_MS, freshToken } from './fresh-token.ts';
import type { TimedToken } from './fresh-token.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** A login at an OpenID provider, and what it gave. */
export interface OpenIdLogin extends TimedToken {
  readonly issuer: string;
  readonly clientId: string;
  readonly refreshToken?: string;
}

/** By server: a key, or a login at a provider. */
type Logins = Readonly<Record<string, string | OpenIdLogin>>;

/** The file of `precedent login`, in the configuration folder of the user. */
const loginsFile = (env: Env): string =>
  path.join(env['XDG_CONFIG_HOME'] || path.join(env['HOME'] ?? '.', '.config'), 'precedent', 'keys.json');

const readLogins = (env: Env): Logins => {
  try {
    return JSON.parse(readFileSync(loginsFile(env), 'utf8')) as Logins;
  } catch {
    return {};
  }
};

/** Stores a key or a login for a server; `undefined` removes it. Only the user can read the file. */
export const storeLogin = (env: Env, server: string, login: string | OpenIdLogin | undefined): void => {
  const { [server]: _, ...others } = readLogins(env);
  const file = loginsFile(env);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const logins = { ...others, ...(login !== undefined && { [server]: login }) };
  const written = `${file}.${process.pid}`;
  writeFileSync(written, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600 });
  chmodSync(written, 0o600);
  renameSync(written, file);
};

export const hasLogin = (env: Env, server: string): boolean => readLogins(env)[server] !== undefined;

/**
 * The credential of `precedent login` for a server: a key, or what gives a token that is valid. Throws UNAUTHENTICATED and
 * ISSUER_UNREACHABLE.
 */
export const loginFor = async (env: Env, server: string): Promise<string | (() => string) | undefined> => {
  const login = readLogins(env)[server];
  if (login === undefined || typeof login === 'string') return login;
  const valid = isValid(login) ? login : await renewed(env, server, login);
  if (valid.refreshToken === undefined) return valid.idToken;
  return freshToken({ first: valid, refresh: () => renewedAgain(env, server, valid), now: Date.now });
};

/** From what is stored now: another command may have renewed or forgotten it. */
const renewedAgain = async (env: Env, server: string, before: OpenIdLogin): Promise<OpenIdLogin> => {
  const login = storedLogin(env, server);
  if (login?.issuer !== before.issuer || login.clientId !== before.clientId) throw ended(before);
  return await renewed(env, server, login);
};

const storedLogin = (env: Env, server: string): OpenIdLogin | undefined => {
  const login = readLogins(env)[server];
  return typeof login === 'object' ? login : undefined;
};

const isValid = ({ expiresAt }: OpenIdLogin): boolean => Date.now() < expiresAt - EARLY_MS;

const renewed = async (env: Env, server: string, login: OpenIdLogin): Promise<OpenIdLogin> => {
  const { issuer, clientId, refreshToken } = login;
  if (refreshToken === undefined) throw ended(login);
  const { refreshLogin } = await import('@precedent/oidc');
  try {
    const { principal: _, ...tokens } = await refreshLogin({ issuer, clientId }, refreshToken);
    const next = { issuer, clientId, ...tokens };
    storeLogin(env, server, next);
    return next;
  } catch (error) {
    // A provider takes each refresh token once: another command may have been faster.
    const now = storedLogin(env, server);
    if (now !== undefined && isValid(now)) return now;
    throw error;
  }
};

const ended = ({ issuer, clientId }: OpenIdLogin): AppError =>
  new AppError(
    'UNAUTHENTICATED',
    `the login at ${issuer} has ended: log in again with --issuer ${issuer} --client-id ${clientId}`,
  );
