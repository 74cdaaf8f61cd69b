import { validateHeaderName, validateHeaderValue } from 'node:http';
import { excerptOf } from '@precedent/kernel';
import { invalidField } from '../builtin/refusal.ts';

type Status = string | number;

/** The payload of an `http` task, checked by its schema. */
export interface HttpPayload {
  /** In capitals. */
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  /** Statuses, or classes such as `2xx`. */
  readonly expect: Status | readonly Status[];
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** An HTTP call that can be made. */
export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Whether a status is what the task wants. */
  readonly expects: (status: number) => boolean;
  /** For messages: `2xx`, `200 or 404`. */
  readonly expected: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** The worker sets them itself: they steer the connection, and `host` would lead past the rules for hosts. */
const OWN_HEADERS = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'keep-alive',
  'te',
  'expect',
];
const HEADERS_MAX = 100;

/** The call that a payload describes. Throws INVALID_TASK for a URL, a header or a body that cannot be sent. */
export const httpCallOf = (payload: HttpPayload): HttpCall => {
  const { method, timeoutMs, maxBytes } = payload;
  const url = new URL(payload.url);
  const reason = urlRefusal(url);
  if (reason !== undefined) throw invalidField('url', reason);
  const headers = headersOf(payload.headers);
  const body = bodyOf(payload.body, method, headers);
  return { method, url, headers, body, ...expectationOf(payload.expect), timeoutMs, maxBytes };
};

/** Why a URL cannot be called, also one that a redirect leads to. */
export const urlRefusal = (url: URL): string | undefined => {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `expected an http or https URL; got the scheme ${url.protocol.slice(0, -1)}`;
  }
  if (url.username !== '' || url.password !== '')
    return 'a URL must not hold a user or a password; use a header';
  return undefined;
};

const headersOf = (given: Readonly<Record<string, unknown>>): Record<string, string> => {
  const entries = Object.entries(given);
  if (entries.length > HEADERS_MAX)
    throw invalidField('headers', `${entries.length} headers of ${HEADERS_MAX} at most`);
  for (const [name, content] of entries) {
    const reason = headerRefusal(name, content);
    if (reason !== undefined) throw invalidField(`headers.${name}`, reason);
  }
  return Object.fromEntries(entries.map(([name, content]) => [name.toLowerCase(), String(content)]));
};

const headerRefusal = (name: string, content: unknown): string | undefined => {
  if (typeof content !== 'string' && typeof content !== 'number')
    return `expected a text; got ${excerptOf(JSON.stringify(content) ?? 'nothing', 80)}`;
  if (OWN_HEADERS.includes(name.toLowerCase())) return 'the worker sets this header itself';
  try {
    validateHeaderName(name);
    validateHeaderValue(name, String(content));
    return undefined;
  } catch {
    return 'a name has letters, digits and "-"; a value has no line breaks or other control characters';
  }
};

const bodyOf = (value: unknown, method: string, headers: Record<string, string>): Buffer | undefined => {
  if (value === undefined || value === null) return undefined;
  if (method === 'GET' || method === 'HEAD') throw invalidField('body', `a ${method} request has no body`);
  if (typeof value === 'string') {
    headers['content-type'] ??= 'text/plain; charset=utf-8';
    return Buffer.from(value);
  }
  headers['content-type'] ??= 'application/json';
  return Buffer.from(JSON.stringify(value));
};

const expectationOf = (wanted: HttpPayload['expect']): Pick<HttpCall, 'expects' | 'expected'> => {
  const texts = [wanted].flat().map(String);
  const expects = (status: number): boolean =>
    texts.some((text) => text === String(status) || text.toLowerCase() === `${Math.floor(status / 100)}xx`);
  return { expects, expected: texts.join(' or ') };
};
