import { expect, test } from 'vitest';
import { isAppError } from '@precedent/kernel';
import { parseHttp, payloadParsers } from './payloads.ts';

const url = 'http://example.com/';

test('fills in what an http payload leaves out', () => {
  expect(parseHttp({ url, method: 'post' })).toEqual({
    method: 'POST',
    url,
    headers: {},
    expect: '2xx',
    timeoutMs: 30_000,
    maxBytes: 262_144,
  });
});

test('keeps the headers and the body of an http payload as they are, also a key called __proto__', () => {
  const json = '{"headers":{"__proto__":"a","N":5},"body":{"__proto__":{"constructor":1}}}';
  const { headers, body } = parseHttp({ url, ...(JSON.parse(json) as object) });
  expect(JSON.stringify({ headers, body })).toBe(json);
  expect(() => parseHttp(JSON.parse(`{"url":"${url}","__proto__":1}`))).toThrow('payload.__proto__');
});

test.each<[payload: unknown, field: string, message: string]>([
  [undefined, 'payload', 'expected an object with a url; got nothing'],
  [[], 'payload', 'expected an object with a url; got []'],
  [{}, 'payload.url', 'expected an absolute http or https URL; got nothing'],
  [{ url: '/path' }, 'payload.url', 'expected an absolute http or https URL; got "/path"'],
  [{ url, methd: 'GET' }, 'payload.methd', 'there is no field "methd"; did you mean "method"?'],
  [
    { url, method: 'BREW' },
    'payload.method',
    'expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; got "BREW"',
  ],
  [{ url, headers: ['a'] }, 'payload.headers', 'expected an object of texts; got ["a"]'],
  [{ url, timeoutMs: 0 }, 'payload.timeoutMs', 'expected a whole number from 1 to 3600000; got 0'],
  [{ url, timeoutMs: -0.5 }, 'payload.timeoutMs', 'expected a whole number from 1 to 3600000; got -0.5'],
  [{ url, maxBytes: 300_000 }, 'payload.maxBytes', 'expected a whole number from 1 to 262144; got 300000'],
])('refuses the http payload %j at %s', (payload, field, message) => {
  expect(() => parseHttp(payload)).toThrow(
    expect.objectContaining({
      code: 'INVALID_TASK',
      message: `${field}: ${message}`,
      extras: { issues: [{ field, message }] },
    }),
  );
});

test.each([[99], [600], ['6xx'], ['ok'], [[]], [null]])(
  'refuses an http payload that expects %j',
  (value) => {
    expect(() => parseHttp({ url, expect: value })).toThrow(
      /^payload\.expect: expected a status from 100 to 599/,
    );
  },
);

test('lists every wrong field of an http payload', () => {
  try {
    parseHttp({ url: 5, method: 'X', timeoutMs: -1 });
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

test('hints at the field that was meant, and names the payload of a built-in type', () => {
  expect(() => payloadParsers.document({ collection: 'c', flder: '/x' })).toThrow(
    'payload.flder: there is no field "flder"; did you mean "folder"?',
  );
});
