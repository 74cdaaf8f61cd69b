import { expect, test } from 'vitest';
import { followed } from './redirect.ts';
import type { Hop } from './redirect.ts';

const hop = (fields: Partial<Hop> = {}): Hop => ({
  method: 'POST',
  url: new URL('https://a.example/x/y'),
  headers: { authorization: 'secret', cookie: 'c', 'content-type': 'text/plain', accept: '*/*' },
  body: Buffer.from('b'),
  ...fields,
});

test.each([
  [301, 'POST', 'GET'],
  [302, 'POST', 'GET'],
  [303, 'POST', 'GET'],
  [303, 'PUT', 'GET'],
  [301, 'PUT', 'PUT'],
  [302, 'DELETE', 'DELETE'],
  [307, 'POST', 'POST'],
  [308, 'PATCH', 'PATCH'],
  [303, 'HEAD', 'HEAD'],
])('after a %i a %s becomes a %s', (status, method, next) => {
  const changed = followed(hop({ method }), status, '/z');
  expect(changed?.method).toBe(next);
  expect(changed?.url.href).toBe('https://a.example/z');
  const losesBody = next === 'GET';
  expect(changed?.body === undefined).toBe(losesBody);
  expect('content-type' in (changed?.headers ?? {})).toBe(!losesBody);
});

test.each(['https://b.example/', '//b.example/', 'http://a.example/', 'https://a.example:444/'])(
  'credentials do not travel to another origin: %s',
  (location) => {
    expect(followed(hop(), 307, location)?.headers).toEqual({ 'content-type': 'text/plain', accept: '*/*' });
  },
);

test('credentials stay with the same origin', () => {
  expect(followed(hop(), 307, 'z')?.headers).toEqual(hop().headers);
});

test('a location that is no URL leads nowhere', () => {
  expect(followed(hop(), 302, 'http://')).toBeUndefined();
});
