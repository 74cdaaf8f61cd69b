import { expect, it } from 'vitest';
import { exactJson } from './exact-json.ts';

it('refuses, with the field, a number that would be sent as another one', () => {
  expect(exactJson('{"id":"12345678901234567890","n":1.5}', 'line 1')).toEqual({
    id: '12345678901234567890',
    n: 1.5,
  });
  expect(() => exactJson('{"a":{"id":12345678901234567890}}', 'line 1')).toThrow(
    'line 1: a.id: the number 12345678901234567890 cannot be kept as it is; send it as text',
  );
  expect(() => exactJson('{', 'line 1')).toThrow('line 1 is not JSON');
});
