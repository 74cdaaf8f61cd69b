import { HttpRefusal } from '@precedent/web-server';
import type { FastifyRequest } from 'fastify';

/** Bytes of the name and the value of a cookie: browsers take no more. */
const COOKIE_BYTES_MAX = 4_096;

/** What a cookie is for. A login is under way between two pages of the provider, which are of another site. */
export type CookieKind = 'session' | 'login';

/**
 * With this prefix a browser takes a cookie only with `Secure`, for `/` and without a domain. Cookies do not know ports: the name does, so
 * that two cells of a machine have one each.
 */
export const cookieName = (kind: CookieKind, host: string | undefined): string => {
  const [, port] = /:(\d+)$/.exec(host ?? '') ?? [];
  return [
    '__Host-precedent',
    ...(kind === 'login' ? [kind] : []),
    ...(port === undefined ? [] : [port]),
  ].join('-');
};

/** The value of our cookie. Throws where it comes twice: a page of another port of the same host may have set one of them. */
export const cookieIn = ({ headers }: FastifyRequest, kind: CookieKind): string | undefined => {
  const start = `${cookieName(kind, headers.host)}=`;
  const [value, ...others] = (headers.cookie ?? '')
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one.startsWith(start))
    .map((one) => one.slice(start.length));
  if (others.length > 0) throw new HttpRefusal(400, 'Cookie', `${start.slice(0, -1)} comes twice`);
  return value === '' ? undefined : value;
};

export interface CookieOptions {
  readonly kind: CookieKind;
  readonly value: string;
  readonly maxAgeS: number;
}

const SAME_SITE: Readonly<Record<CookieKind, string>> = { session: 'Strict', login: 'Lax' };

/** The header Set-Cookie. */
export const cookieText = ({ headers }: FastifyRequest, { kind, value, maxAgeS }: CookieOptions): string =>
  [
    `${cookieName(kind, headers.host)}=${value}`,
    'Path=/',
    'Secure',
    'HttpOnly',
    `SameSite=${SAME_SITE[kind]}`,
    `Max-Age=${Math.max(0, Math.floor(maxAgeS))}`,
  ].join('; ');

export const cookieRemoval = (request: FastifyRequest, kind: CookieKind): string =>
  cookieText(request, { kind, value: '', maxAgeS: 0 });

/** Bytes that a value is too long by; 0: it fits. */
export const excessBytes = ({ headers }: FastifyRequest, kind: CookieKind, value: string): number =>
  Math.max(0, cookieName(kind, headers.host).length + 1 + value.length - COOKIE_BYTES_MAX);

export const tooLong = (excess: number): HttpRefusal =>
  new HttpRefusal(
    400,
    'session',
    `the credential takes ${COOKIE_BYTES_MAX + excess} bytes in a cookie, and browsers take ${COOKIE_BYTES_MAX}: let the provider put fewer claims into its ID tokens`,
  );
