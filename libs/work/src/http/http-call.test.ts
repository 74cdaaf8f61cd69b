import { expect, test } from 'vitest';
import { isAppError } from '@precedent/kernel';
import { httpCallOf } from './http-call.ts';

const limits = { timeoutMs: 1_000, timeoutMsMax: 60_000, maxBytes: 1_024 };
const url = 'http://example.com/';
const callOf = (payload: unknown) => httpCallOf(payload, limits);

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
  const json = callOf({ url, method: 'post', body: { a: [1] } });
  expect(json.body?.toString()).toBe('{"a":[1]}');
  expect(json.headers).toEqual({ 'content-type': 'application/json' });
  const odd = callOf({ url, headers: JSON.parse('{"__proto__":"a","constructor":"b"}') as object });
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

test.each<[payload: unknown, field: string, message: string]>([
  [undefined, 'payload', 'expected an object with a url; got nothing'],
  [[], 'payload', 'expected an object with a url; got []'],
  [{}, 'payload.url', 'expected an absolute http or https URL; got nothing'],
  [{ url: '/path' }, 'payload.url', 'expected an absolute http or https URL; got "/path"'],
  [{ url: 'file:///etc/passwd' }, 'payload.url', 'expected an http or https URL; got the scheme file'],
  [{ url: 'http://a:b@h/' }, 'payload.url', 'a URL must not hold a user or a password; use a header'],
  [{ url, methd: 'GET' }, 'payload.methd', 'there is no such field; did you mean method?'],
  [
    { url, method: 'BREW' },
    'payload.method',
    'expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; got "BREW"',
  ],
  [{ url, body: 'x' }, 'payload.body', 'a GET request has no body'],
  [{ url, headers: ['a'] }, 'payload.headers', 'expected an object of texts; got ["a"]'],
  [{ url, headers: { a: null } }, 'payload.headers.a', 'expected a text; got null'],
  [{ url, headers: { Host: 'x' } }, 'payload.headers.Host', 'the worker sets this header itself'],
  [{ url, timeoutMs: 0 }, 'payload.timeoutMs', 'expected a whole number from 1 to 60000; got 0'],
  [{ url, maxBytes: 2_000 }, 'payload.maxBytes', 'expected a whole number from 1 to 1024; got 2000'],
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

test.each([[99], [600], ['6xx'], ['ok'], [[]], [null]])('expect %j is refused', (value) => {
  expect(() => callOf({ url, expect: value })).toThrow(/^payload\.expect: expected a status from 100 to 599/);
});

test('every wrong field is listed', () => {
  try {
    callOf({ url: 5, method: 'X', timeoutMs: -1 });
    expect.unreachable();
  } catch (error) {
    if (!isAppError(error)) throw error;
    expect(error.message).toMatch(/\(and 2 more\)$/);
    expect(error.extras.issues?.map(({ field }) => field)).toEqual([
      'payload.method',
      'payload.url',
      'payload.timeoutMs',
    ]);
  }
});
