import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from './read-json.ts';
import { repeatedKey } from './repeated-key.ts';

const repeatedIn = (text: string): string | undefined => {
  const read = readJson(text);
  return read && repeatedKey(text, read)?.path.join('.');
};

describe('repeatedKey', () => {
  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"b":2,"a":3}', 'a'],
    [String.raw`{"a":1,"\u0061":2}`, 'a'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"1":1,"1":2}', '1'],
    ['{"":1,"":2}', ''],
    ['[0,{"a":[{"b":1},{"c":1,"c":2}]}]', '1.a.1.c'],
    ['{"a":{"x":1},"b":{"x":1,"y":{"z":"{\\"z\\":","z":2}}}', 'b.y.z'],
    ['{"a":"a:,{","a" : [1,2]}', 'a'],
    [String.raw`{"\\":1,"\"":2,"\\":3}`, '\\'],
  ])('finds the key that comes twice in %s', (text, path) => {
    expect(repeatedIn(text)).toBe(path);
  });

  it.each([
    '{}',
    '[]',
    '1',
    '"a:a"',
    '{"a":{"a":1},"b":[{"a":1},{"a":1}]}',
    '{"a":":,\\":","b":"{\\"a\\":1}"}',
  ])('lets %s pass', (text) => {
    expect(repeatedIn(text)).toBeUndefined();
  });

  it('finds none in what JavaScript writes, and one in every object that is written with a key more', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.string({ unit: 'binary' }), (value, key) => {
        expect(repeatedIn(JSON.stringify(value))).toBeUndefined();
        const name = JSON.stringify(key);
        const text = `[${JSON.stringify(value)},{${name}:${JSON.stringify(value)},${name}:1}]`;
        expect(repeatedIn(text)).toBe(`1.${key}`);
      }),
    );
  });
});
