import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resultBodyOf } from './response-body.ts';

const whole = (text: string | Uint8Array) => ({ bytes: Buffer.from(text as string), truncated: false });
const cut = (text: string | Uint8Array) => ({ ...whole(text), truncated: true });

test.each([
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['application/problem+json', true],
  ['text/plain', false],
  ['', false],
  ['application/jsonlines', false],
])('a body of type %j is parsed: %s', (type, parsed) => {
  expect(resultBodyOf(whole('{"a":1}'), type, 1_000)).toEqual({ body: parsed ? { a: 1 } : '{"a":1}' });
});

test('what is called JSON and is none, or was cut, is text', () => {
  expect(resultBodyOf(whole('{oops'), 'application/json', 1_000)).toEqual({ body: '{oops' });
  expect(resultBodyOf(cut('{"a":'), 'application/json', 1_000)).toEqual({ body: '{"a":', truncated: true });
});

test('JSON that is nested beyond what can be read again is text', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  expect(resultBodyOf(whole(nested(20_000)), 'application/json', 100_000)).toEqual({ body: nested(20_000) });
  expect(resultBodyOf(whole(nested(90)), 'application/json', 1_000)).toEqual({
    body: JSON.parse(nested(90)),
  });
});

test.each(['{"id":9007199254740993}', '[1e400]', '{"name":"\\ud83d"}'])(
  'JSON whose value would say something else is text: %s',
  (text) => {
    expect(resultBodyOf(whole(text), 'application/json', 1_000)).toEqual({ body: text });
  },
);

test('a body of null is JSON too', () => {
  expect(resultBodyOf(whole('null'), 'application/json', 1_000)).toEqual({ body: null });
});

test('text is read in its charset', () => {
  expect(resultBodyOf(whole(Uint8Array.of(0xe9)), 'text/plain; charset="latin1"', 100)).toEqual({
    body: 'é',
  });
  expect(resultBodyOf(whole('é'), 'text/plain; charset=no-such', 100)).toEqual({ body: 'é' });
});

test('a character that was cut at the end is left out', () => {
  expect(resultBodyOf(cut(Buffer.from('aé').subarray(0, 2)), 'text/plain', 100)).toEqual({
    body: 'a',
    truncated: true,
  });
});

test('what is not text is base64', () => {
  expect(resultBodyOf(whole(Uint8Array.of(0xff, 0xd8, 0)), 'image/jpeg', 100)).toEqual({
    body: '/9gA',
    encoding: 'base64',
  });
});

test('no body takes more than its budget as JSON, and base64 stays readable', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      fc.integer({ min: 2, max: 200 }),
      (bytes, text, budget) => {
        const bytesOrText = text ? Buffer.from(bytes.map((byte) => byte % 40)) : bytes;
        const { body, encoding, truncated } = resultBodyOf(whole(bytesOrText), 'text/plain', budget);
        expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(budget);
        if (encoding === 'base64') expect(String(body).length % 4).toBe(0);
        if (truncated === undefined && encoding === 'base64')
          expect(Buffer.from(String(body), 'base64')).toEqual(Buffer.from(bytesOrText));
      },
    ),
  );
});
