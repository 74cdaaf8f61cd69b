import { AppError } from '@precedent/kernel';
import { tokenIn } from '@precedent/ports';
import type { Authenticate } from '@precedent/ports';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerSessionOf } from '../task-routes.ts';
import { cookieIn, cookieRemoval } from './cookies.ts';
import type { LoginRouteOptions } from './login-routes.ts';
import { checkOwnPage } from './own-origin.ts';
import { LOGIN_HEADERS } from './pages.ts';
import { credentialIn, sessionCookie } from './request-credential.ts';
import { openedAs, sealedAs } from './session-store.ts';
import type { Session, SessionOptions } from './session-store.ts';
import { sessionView } from './session-view.ts';
import { UsedLinks } from './used-links.ts';

/** From the command to the browser that it opens. Milliseconds. */
const LINK_MS = 60_000;

/** Those of all routes about sessions, for the answer to another method. */
export const SESSION_METHODS: Readonly<Record<string, readonly string[]>> = {
  '/api/v1/session': ['GET', 'POST', 'DELETE'],
  '/api/v1/session/links': ['POST'],
  '/login': ['GET'],
  '/login/callback': ['GET'],
  '/login/link': ['GET'],
};

/** What begins a session, where it is not the header Authorization. */
export const sessionRequestSchema = z.strictObject({
  link: z.string().describe('of POST /api/v1/session/links').optional(),
});

/** What a caller with a credential may do with sessions. */
export const addSessionRoutes = (
  app: FastifyInstance,
  prefix: string,
  sessions: SessionOptions | undefined,
): void => {
  app.get(`${prefix}/session`, (request) =>
    sessionView(callerSessionOf(request), credentialIn(request).session),
  );
  if (sessions === undefined) return;
  app.post(`${prefix}/session/links`, (request, reply) => {
    const { token, session } = credentialIn(request);
    // An attacker with one page of a browser must not get a session for another one.
    if (session)
      throw new AppError('FORBIDDEN', 'a link is made with a key or a token in the header Authorization');
    const endsAt = sessions.now() + LINK_MS;
    const link = sealedAs(sessions, 'link', { token, endsAt });
    return reply.code(201).headers(LOGIN_HEADERS).send({ link, endsAt });
  });
};

export interface SessionStartOptions extends LoginRouteOptions {
  readonly authenticate: Authenticate;
}

/** How a session begins and ends. */
export const addSessionStart = (
  app: FastifyInstance,
  prefix: string,
  { sessions, limit, authenticate }: SessionStartOptions,
): void => {
  const used = new UsedLinks(sessions.now);
  app.post(`${prefix}/session`, async (request, reply) => {
    await limit(request.ip);
    checkPage(request);
    const token = credentialOf(request, sessions, used);
    const caller = await authenticate(token, request.ip);
    const session: Session = { token, endsAt: sessions.now() + sessions.maxMs };
    return reply
      .code(201)
      .headers(LOGIN_HEADERS)
      .header('set-cookie', sessionCookie(request, session, sessions))
      .send(sessionView(caller, session));
  });
  app.delete(`${prefix}/session`, async (request, reply) => {
    const sealed = cookieIn(request, 'session');
    if (sealed === undefined) throw new AppError('UNAUTHENTICATED', 'the request has no cookie of a session');
    checkOwnPage(request);
    reply.headers(LOGIN_HEADERS).header('set-cookie', cookieRemoval(request, 'session'));
    await endAtProvider(sessions, sealed);
    return reply.code(204).send();
  });
};

/** A browser says which page sends a request; without that it is another program, which can set any cookie anyway. */
const checkPage = (request: FastifyRequest): void => {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined || site !== undefined) checkOwnPage(request);
};

const credentialOf = (
  { headers, body }: FastifyRequest,
  sessions: SessionOptions,
  used: UsedLinks,
): string => {
  const read = sessionRequestSchema.safeParse(body === undefined ? {} : body);
  if (!read.success)
    throw new AppError(
      'INVALID_REQUEST',
      'the body is not {"link": "…"}: the key is in the header Authorization',
    );
  const { link } = read.data;
  if (link === undefined) return tokenIn(headers.authorization);
  const { token, endsAt } = openedAs(sessions, 'link', link);
  used.use(link, endsAt);
  return token;
};

/** Without waiting for a provider that does not answer: the cookie is removed all the same. */
const endAtProvider = async (sessions: SessionOptions, sealed: string): Promise<void> => {
  try {
    const { issuer, refreshToken } = openedAs(sessions, 'session', sealed);
    const provider = sessions.providers.find((one) => one.issuer === issuer);
    if (provider && refreshToken !== undefined) await provider.end(refreshToken);
  } catch {
    // What has ended needs no end.
  }
};
