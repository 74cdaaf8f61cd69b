import { describe, expect, it } from 'vitest';
import { protoKeyIn } from './proto-key.ts';

describe('protoKeyIn', () => {
  it('says where a key called __proto__ is', () => {
    expect(protoKeyIn(JSON.parse('{"a":[{"b":1},{"c":{"__proto__":2}}]}'))).toEqual([
      'a',
      '1',
      'c',
      '__proto__',
    ]);
    expect(protoKeyIn(JSON.parse('{"__proto__":1}'))).toEqual(['__proto__']);
  });

  it.each(['{}', '[]', '"__proto__"', 'null', '{"a":"__proto__","constructor":{}}'])(
    'finds none in %s',
    (json) => {
      expect(protoKeyIn(JSON.parse(json))).toBeUndefined();
    },
  );
});
