import { AppError } from '@precedent/kernel';
import type { FastifyRequest } from 'fastify';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** As a browser knows this server. Off loopback it speaks TLS, to us or to a proxy in front: without it browsers take no cookie of ours. */
export const ownOrigin = ({ protocol, headers: { host = '' } }: FastifyRequest): string => {
  const isPlain = protocol === 'http' && LOOPBACK.test(host.replace(/:\d+$/, '').toLowerCase());
  return `${isPlain ? 'http' : 'https'}://${host.toLowerCase()}`;
};

const isSafe = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';

/**
 * A browser sends a cookie by itself, for pages of others too: of other ports of the same host whatever `SameSite` says. So a request that
 * counts by its cookie must come from a page of ours: each that changes something has to say so. Throws FORBIDDEN.
 */
export const checkOwnPage = (request: FastifyRequest): void => {
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isTyped = site === 'none' && isSafe(request);
  if (site !== undefined && site !== 'same-origin' && !isTyped)
    throw new AppError(
      'FORBIDDEN',
      'the page of another origin sent this request with the session of its user',
    );
  const own = ownOrigin(request);
  if (origin === undefined ? isSafe(request) || site === 'same-origin' : origin === own) return;
  throw new AppError(
    'FORBIDDEN',
    origin === undefined
      ? 'a request that changes something with a session needs the header Origin; with "Authorization: Bearer <key>" it does not'
      : `the origin ${origin} may not use a session of ${own}`,
  );
};
