import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { AppError } from '@precedent/kernel';
import { HttpRefusal } from './refusal.ts';

/** Characters of a path with its query. */
const URL_CHARS_MAX = 8_192;
const HEADERS_MAX = 100;
/** Two of them would be read as one by us and as the other by a proxy in front. */
const ONCE = new Set([
  'authorization',
  'content-length',
  'content-encoding',
  'content-type',
  'host',
  'idempotency-key',
  'origin',
  'transfer-encoding',
]);
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** The head of a request of any version of HTTP. */
export interface RequestHead {
  readonly raw: { readonly url?: string | undefined; readonly rawHeaders: readonly string[] };
  readonly headers: IncomingHttpHeaders;
}

/** Checks the head of each request before anything else reads it. `hosts`: names for which it is served, in addition to loopback and addresses. */
export const requestRules = (hosts: readonly string[]): ((request: RequestHead) => void) => {
  const names = new Set([...LOOPBACK, ...hosts.map((host) => host.toLowerCase())]);
  return ({ raw, headers }) => {
    if ((raw.url ?? '').length > URL_CHARS_MAX)
      throw new HttpRefusal(414, 'URL', `it has more than ${URL_CHARS_MAX} characters`);
    checkHeaders(raw.rawHeaders);
    checkEncoding(headers['content-encoding']);
    checkHost(headers.host, names);
    checkOrigin(headers.origin, headers.host);
  };
};

/** `rawHeaders`: names and values in turn. */
const checkHeaders = (rawHeaders: readonly string[]): void => {
  if (rawHeaders.length > HEADERS_MAX * 2)
    throw new HttpRefusal(431, 'headers', `there are more than ${HEADERS_MAX}`);
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (seen.has(name)) throw new HttpRefusal(400, name, 'the header comes twice');
    if (ONCE.has(name)) seen.add(name);
  }
};

const checkEncoding = (encoding: string | undefined): void => {
  if (encoding === undefined || encoding === 'identity') return;
  throw new HttpRefusal(415, 'Content-Encoding', `a body is taken as it is, not in ${encoding}`);
};

/**
 * A web page whose name was pointed at our address (DNS rebinding) sends its own name. An address as host cannot be such a name. Throws
 * FORBIDDEN.
 */
const checkHost = (host: string | undefined, names: ReadonlySet<string>): void => {
  if (host === undefined || host === '') throw new HttpRefusal(400, 'Host', 'the header is missing');
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (names.has(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0) return;
  throw new AppError('FORBIDDEN', `Host: ${host} is no name of this server; gateway.hosts names them`);
};

/** A web page of another origin may not call, whatever it knows. Throws FORBIDDEN. */
const checkOrigin = (origin: string | undefined, host: string | undefined): void => {
  if (origin === undefined || URL.parse(origin)?.host === host?.toLowerCase()) return;
  throw new AppError('FORBIDDEN', `the origin ${origin} may not call this server`);
};
