import { AppError } from '@precedent/kernel';
import type { LoginProvider } from '@precedent/ports';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cookieIn, cookieRemoval, cookieText, excessBytes, tooLong } from './cookies.ts';
import { ownOrigin } from './own-origin.ts';
import { LOGIN_HEADERS, sendLinkPage, sendReturnPage } from './pages.ts';
import { sessionCookie } from './request-credential.ts';
import { returnPath } from './return-path.ts';
import { openedAs, sealedAs } from './session-store.ts';
import type { SessionOptions } from './session-store.ts';

const CALLBACK = '/login/callback';
/** For the person at the provider. Milliseconds. */
const LOGIN_MS = 600_000;

interface LoginQuery {
  readonly return?: string;
  readonly issuer?: string;
}

export interface LoginRouteOptions {
  readonly sessions: SessionOptions;
  /** Counts a request that has no credential. Rejects RATE_LIMITED. */
  readonly limit: (from: string) => Promise<void>;
}

/** The pages through which a browser gets a session: those of a provider by the code flow with PKCE, and that of a link. */
export const addLoginRoutes = (app: FastifyInstance, { sessions, limit }: LoginRouteOptions): void => {
  app.get<{ Querystring: LoginQuery }>('/login', async (request, reply) => {
    await limit(request.ip);
    return begin(request, reply, sessions);
  });
  app.get(CALLBACK, async (request, reply) => {
    await limit(request.ip);
    return finish(request, reply, sessions);
  });
  app.get<{ Querystring: LoginQuery }>('/login/link', (request, reply) =>
    sendLinkPage(reply, returnPath(request.query.return)),
  );
};

const begin = async (
  request: FastifyRequest<{ Querystring: LoginQuery }>,
  reply: FastifyReply,
  sessions: SessionOptions,
): Promise<FastifyReply> => {
  const { issuer, return: wanted } = request.query;
  const returnTo = returnPath(wanted);
  const provider = providerOf(sessions, issuer);
  const { url, pending } = await provider.begin(`${ownOrigin(request)}${CALLBACK}`);
  const endsAt = sessions.now() + LOGIN_MS;
  const value = sealedAs(sessions, 'login', { issuer: provider.issuer, returnTo, endsAt, pending });
  const excess = excessBytes(request, 'login', value);
  if (excess > 0) throw tooLong(excess);
  return reply
    .headers(LOGIN_HEADERS)
    .header('set-cookie', cookieText(request, { kind: 'login', value, maxAgeS: LOGIN_MS / 1_000 }))
    .redirect(url, 303);
};

const providerOf = ({ providers }: SessionOptions, issuer: string | undefined): LoginProvider => {
  const [first] = providers;
  if (first === undefined)
    throw new AppError(
      'NO_SUCH_OPERATION',
      'no OpenID provider is configured (access.issuers): `precedent open` logs in with a key',
    );
  const found = issuer === undefined ? first : providers.find((one) => one.issuer === issuer);
  if (found) return found;
  const known = providers.map((one) => one.issuer).join(', ');
  throw new AppError('INVALID_REQUEST', `issuer: expected one of ${known}`, {
    issues: [{ field: 'issuer', message: `expected one of ${known}` }],
  });
};

/** The answer counts only in the browser that began the login: state, nonce and verifier are in its cookie. */
const finish = async (
  request: FastifyRequest,
  reply: FastifyReply,
  sessions: SessionOptions,
): Promise<FastifyReply> => {
  reply.headers(LOGIN_HEADERS).header('set-cookie', cookieRemoval(request, 'login'));
  const sealed = cookieIn(request, 'login');
  if (sealed === undefined)
    throw new AppError(
      'UNAUTHENTICATED',
      'this browser has begun no login, or it took too long: open /login',
    );
  const { issuer, pending, returnTo } = openedAs(sessions, 'login', sealed);
  const answer = new URL(request.url, ownOrigin(request));
  const { idToken, refreshToken, expiresAt } = await providerOf(sessions, issuer).finish(pending, answer);
  const session = {
    token: idToken,
    endsAt: sessions.now() + sessions.maxMs,
    expiresAt,
    issuer,
    refreshToken,
  };
  reply.header('set-cookie', sessionCookie(request, session, sessions));
  return sendReturnPage(reply, returnTo);
};
