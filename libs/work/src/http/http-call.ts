import { validateHeaderName, validateHeaderValue } from 'node:http';
import { AppError, excerptOf, nearest } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';

/** A checked HTTP call. */
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

/** What a call takes when its payload is silent, and what it may ask for at most. */
export interface HttpLimits {
  readonly timeoutMs: number;
  readonly timeoutMsMax: number;
  readonly maxBytes: number;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const FIELDS = ['method', 'url', 'headers', 'body', 'expect', 'timeoutMs', 'maxBytes'];
/** They steer the connection, and `host` would lead past the rules for hosts. */
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

type Refuse = (field: string, message: string) => undefined;
type Fields = Readonly<Record<string, unknown>>;

/** Checks the payload of an `http` task. Throws INVALID_TASK with an issue for every field that is wrong. */
export const httpCallOf = (payload: unknown, limits: HttpLimits): HttpCall => {
  const issues: Issue[] = [];
  const refuse: Refuse = (field, message) => void issues.push({ field: `payload.${field}`, message });
  const fields = fieldsOf(payload);
  refuseUnknown(fields, refuse);
  const method = methodOf(fields['method'], refuse);
  const url = urlOf(fields['url'], refuse);
  const headers = headersOf(fields['headers'], refuse);
  const body = bodyOf(fields['body'], { method, headers, refuse });
  const expectation = expectationOf(fields['expect'], refuse);
  const timeoutMs = numberOf(fields['timeoutMs'], { field: 'timeoutMs', max: limits.timeoutMsMax, refuse });
  const maxBytes = numberOf(fields['maxBytes'], { field: 'maxBytes', max: limits.maxBytes, refuse });
  if (issues.length > 0 || url === undefined) throw invalid(issues);
  return {
    method,
    url,
    headers,
    body,
    ...expectation,
    timeoutMs: timeoutMs ?? limits.timeoutMs,
    maxBytes: maxBytes ?? limits.maxBytes,
  };
};

const invalid = (issues: readonly Issue[]): AppError => {
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new AppError('INVALID_TASK', `${issues[0]?.field}: ${issues[0]?.message}${more}`, { issues });
};

const shown = (value: unknown): string => {
  return excerptOf(JSON.stringify(value) ?? 'nothing', 80);
};

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldsOf = (payload: unknown): Fields => {
  if (isRecord(payload)) return payload;
  throw invalid([{ field: 'payload', message: `expected an object with a url; got ${shown(payload)}` }]);
};

const refuseUnknown = (fields: Fields, refuse: Refuse): void => {
  for (const name of Object.keys(fields).filter((key) => !FIELDS.includes(key))) {
    const near = nearest(name, FIELDS);
    refuse(name, `there is no such field${near === undefined ? '' : `; did you mean ${near}?`}`);
  }
};

const methodOf = (value: unknown, refuse: Refuse): string => {
  if (value === undefined) return 'GET';
  const method = typeof value === 'string' ? value.toUpperCase() : '';
  if (!METHODS.includes(method))
    refuse('method', `expected one of ${METHODS.join(', ')}; got ${shown(value)}`);
  return method;
};

const urlOf = (value: unknown, refuse: Refuse): URL | undefined => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null) return refuse('url', `expected an absolute http or https URL; got ${shown(value)}`);
  const reason = refusalOf(url);
  return reason === undefined ? url : refuse('url', reason);
};

/** Why a URL cannot be called, also one that a redirect leads to. */
export const refusalOf = (url: URL): string | undefined => {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `expected an http or https URL; got the scheme ${url.protocol.slice(0, -1)}`;
  }
  if (url.username !== '' || url.password !== '')
    return 'a URL must not hold a user or a password; use a header';
  return undefined;
};

const headersOf = (value: unknown, refuse: Refuse): Record<string, string> => {
  if (value === undefined) return {};
  if (!isRecord(value)) {
    refuse('headers', `expected an object of texts; got ${shown(value)}`);
    return {};
  }
  const headers: [name: string, content: string][] = [];
  const entries = Object.entries(value);
  if (entries.length > HEADERS_MAX) refuse('headers', `${entries.length} headers of ${HEADERS_MAX} at most`);
  for (const [name, content] of entries.slice(0, HEADERS_MAX)) {
    const reason = headerRefusal(name, content);
    if (reason === undefined) headers.push([name.toLowerCase(), String(content)]);
    else refuse(`headers.${name}`, reason);
  }
  return Object.fromEntries(headers);
};

const headerRefusal = (name: string, content: unknown): string | undefined => {
  if (typeof content !== 'string' && typeof content !== 'number')
    return `expected a text; got ${shown(content)}`;
  if (OWN_HEADERS.includes(name.toLowerCase())) return 'the worker sets this header itself';
  try {
    validateHeaderName(name);
    validateHeaderValue(name, String(content));
    return undefined;
  } catch {
    return 'a name has letters, digits and "-"; a value has no line breaks or other control characters';
  }
};

interface BodyRules {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly refuse: Refuse;
}

const bodyOf = (value: unknown, { method, headers, refuse }: BodyRules): Buffer | undefined => {
  if (value === undefined || value === null) return undefined;
  if (method === 'GET' || method === 'HEAD') return refuse('body', `a ${method} request has no body`);
  if (typeof value === 'string') {
    headers['content-type'] ??= 'text/plain; charset=utf-8';
    return Buffer.from(value);
  }
  headers['content-type'] ??= 'application/json';
  return Buffer.from(JSON.stringify(value));
};

interface NumberRules {
  readonly field: string;
  readonly max: number;
  readonly refuse: Refuse;
}

const numberOf = (value: unknown, { field, max, refuse }: NumberRules): number | undefined => {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
  return refuse(field, `expected a whole number from 1 to ${max}; got ${shown(value)}`);
};

const expectationOf = (value: unknown, refuse: Refuse): Pick<HttpCall, 'expects' | 'expected'> => {
  const wanted = value === undefined ? ['2xx'] : Array.isArray(value) ? value : [value];
  const tests = wanted.map(statusTest);
  if (tests.length === 0 || tests.includes(undefined)) {
    refuse(
      'expect',
      `expected a status from 100 to 599, a class such as "2xx", or a list of them; got ${shown(value)}`,
    );
  }
  return { expects: (status) => tests.some((test) => test?.(status)), expected: wanted.join(' or ') };
};

const statusTest = (wanted: unknown): ((status: number) => boolean) | undefined => {
  const text = String(wanted).toLowerCase();
  if (/^[1-5]xx$/.test(text)) return (status) => Math.floor(status / 100) === Number(text[0]);
  if (/^[1-5]\d\d$/.test(text)) return (status) => status === Number(text);
  return undefined;
};
