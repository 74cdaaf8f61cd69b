import { tokenIn } from '@precedent/ports';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieIn, cookieText, excessBytes, tooLong } from './cookies.ts';
import { checkOwnPage } from './own-origin.ts';
import { Renewals } from './renewals.ts';
import { openedAs, sealedAs } from './session-store.ts';
import type { Session, SessionOptions } from './session-store.ts';

/** With what a request authenticates. */
export interface RequestCredential {
  readonly token: string;
  /** Where the token came in a cookie. */
  readonly session?: Session;
}

/** That of a request that was let in. */
export const credentialIn = (request: FastifyRequest): RequestCredential =>
  request.getDecorator<RequestCredential>('credential');

type Read = (request: FastifyRequest, reply: FastifyReply) => RequestCredential | Promise<RequestCredential>;

/** Reads credentials. A header wins: a browser sends a cookie by itself, and nothing sends a header that was not meant. Throws UNAUTHENTICATED and FORBIDDEN. */
export const credentialReader = (options: SessionOptions | undefined): Read => {
  if (options === undefined) return bearerOf;
  const renewals = new Renewals(options);
  return (request, reply) => {
    if (request.headers.authorization !== undefined) return bearerOf(request);
    const sealed = cookieIn(request, 'session');
    return sealed === undefined
      ? bearerOf(request)
      : sessionOf({ request, reply, options, renewals }, sealed);
  };
};

const bearerOf = ({ headers }: FastifyRequest): RequestCredential => ({
  token: tokenIn(headers.authorization),
});

interface SessionRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly options: SessionOptions;
  readonly renewals: Renewals;
}

const sessionOf = async (
  { request, reply, options, renewals }: SessionRequest,
  sealed: string,
): Promise<RequestCredential> => {
  checkOwnPage(request);
  const known = openedAs(options, 'session', sealed);
  const session = await renewals.current(known);
  if (session !== known) reply.header('set-cookie', sessionCookie(request, session, options));
  // A cache in front does not know that this answer is for one person, as it does of one with a credential in a header.
  reply.header('cache-control', 'private, no-cache');
  return { token: session.token, session };
};

/** The cookie of a session. Where a refresh token does not fit, the session ends with its token. Throws where the token does not fit. */
export const sessionCookie = (request: FastifyRequest, session: Session, options: SessionOptions): string => {
  const fitting = [session, withoutRefresh(session)].map((one) => {
    const value = sealedAs(options, 'session', one);
    return { value, excess: excessBytes(request, 'session', value), endsAt: one.endsAt };
  });
  const [found = fitting[1]] = fitting.filter(({ excess }) => excess === 0);
  if (found === undefined || found.excess > 0) throw tooLong(found?.excess ?? 0);
  const { value, endsAt } = found;
  return cookieText(request, { kind: 'session', value, maxAgeS: (endsAt - options.now()) / 1_000 });
};

const withoutRefresh = (session: Session): Session => ({
  ...session,
  endsAt: Math.min(session.endsAt, session.expiresAt ?? Infinity),
  refreshToken: undefined,
});
