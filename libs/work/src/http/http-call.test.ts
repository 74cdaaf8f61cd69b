import { expect, test } from 'vitest';
import { httpCallOf } from './http-call.ts';
import type { HttpPayload } from './http-call.ts';

const url = 'http://example.com/';
const DEFAULTS = { method: 'GET', url, headers: {}, expect: '2xx', timeoutMs: 1_000, maxBytes: 1_024 };
const callOf = (payload: Partial<HttpPayload>) => httpCallOf({ ...DEFAULTS, ...payload });

test('a URL is enough', () => {
  const call = callOf({ url });
  expect(call).toMatchObject({
    method: 'GET',
    headers: {},
    body: undefined,
    timeoutMs: 1_000,
    maxBytes: 1_024,
  });
  expect([call.expects(200), call.expects(299), call.expects(301), call.expects(404)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('a body that is no text is JSON; a content type of the task stays', () => {
  const json = callOf({ url, method: 'POST', body: { a: [1] } });
  expect(json.body?.toString()).toBe('{"a":[1]}');
  expect(json.headers).toEqual({ 'content-type': 'application/json' });
  const odd = callOf({
    url,
    headers: JSON.parse('{"__proto__":"a","constructor":"b"}') as HttpPayload['headers'],
  });
  expect(JSON.stringify(odd.headers)).toBe('{"__proto__":"a","constructor":"b"}');
  const text = callOf({ url, method: 'PUT', body: 'é', headers: { 'Content-Type': 'text/csv', 'X-N': 5 } });
  expect(text.body?.length).toBe(2);
  expect(text.headers).toEqual({ 'content-type': 'text/csv', 'x-n': '5' });
});

test.each([
  [404, [404], [200, 500]],
  ['3xx', [301, 399], [200]],
  [
    [200, '4xx'],
    [200, 404, 499],
    [201, 500],
  ],
  ['204', [204], [200]],
])('expect %j', (expect_, wanted, unwanted) => {
  const { expects } = callOf({ url, expect: expect_ });
  expect(wanted.map(expects)).not.toContain(false);
  expect(unwanted.map(expects)).not.toContain(true);
});

test.each<[payload: Partial<HttpPayload>, field: string, message: string]>([
  [{ url: 'file:///etc/passwd' }, 'payload.url', 'expected an http or https URL; got the scheme file'],
  [{ url: 'http://a:b@h/' }, 'payload.url', 'a URL must not hold a user or a password; use a header'],
  [{ url, body: 'x' }, 'payload.body', 'a GET request has no body'],
  [{ url, headers: { a: null } }, 'payload.headers.a', 'expected a text; got null'],
  [{ url, headers: { Host: 'x' } }, 'payload.headers.Host', 'the worker sets this header itself'],
])('%j is refused at %s', (payload, field, message) => {
  expect(() => callOf(payload)).toThrow(
    expect.objectContaining({
      code: 'INVALID_TASK',
      message: `${field}: ${message}`,
      extras: { issues: [{ field, message }] },
    }),
  );
});

test.each([['a\r\nb'], ['\0'], ['€']])('a header value %j is refused', (value) => {
  expect(() => callOf({ url, headers: { a: value } })).toThrow(
    expect.objectContaining({ code: 'INVALID_TASK' }),
  );
});
