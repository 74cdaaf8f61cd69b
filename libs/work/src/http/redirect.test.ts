import { expect, test } from 'vitest';
import { followed } from './redirect.ts';
import type { Hop } from './redirect.ts';

const hop = (fields: Partial<Hop> = {}): Hop => ({
  method: 'POST',
  url: new URL('https://a.example/x/y'),
  headers: { authorization: 'secret', cookie: 'c', 'content-type': 'text/plain', accept: '*/*' },
  body: Buffer.from('b'),
  secretHeaders: [],
  hasSecretBody: false,
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

test('secrets do not travel to another origin, in headers or in the body', () => {
  const secretive = hop({ headers: { 'x-key': 's', accept: '*/*' }, secretHeaders: ['x-key'] });
  expect(followed(secretive, 307, 'z')?.headers).toEqual({ 'x-key': 's', accept: '*/*' });
  expect(followed(secretive, 307, 'https://b.example/')?.headers).toEqual({ accept: '*/*' });
  const withBody = hop({ hasSecretBody: true });
  expect(followed(withBody, 307, 'z')).toMatchObject({ hasSecretBody: true });
  expect(followed(withBody, 307, 'https://b.example/')).toBeUndefined();
  expect(followed(withBody, 303, 'https://b.example/')).toMatchObject({
    method: 'GET',
    hasSecretBody: false,
  });
});

test('a location that is no URL leads nowhere', () => {
  expect(followed(hop(), 302, 'http://')).toBeUndefined();
});
