import { describe, expect, it } from 'vitest';
import { ownValue } from './own.ts';

describe('ownValue', () => {
  it('returns the value of a key that the object has', () => {
    expect(ownValue({ a: 1 }, 'a')).toBe(1);
  });

  it.each(['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'])(
    'returns nothing for the inherited key %s',
    (key) => {
      expect(ownValue<unknown>({ a: 1 }, key)).toBeUndefined();
    },
  );

  it('returns the value of a key called __proto__ that JSON put there', () => {
    expect(ownValue(JSON.parse('{"__proto__":"mine"}') as Record<string, string>, '__proto__')).toBe('mine');
  });
});
