import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalText, hash53 } from './hash.ts';

/** The same value, with the keys of every object in another order. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, reversed(inner)] as const);
  return Object.fromEntries(entries.toReversed());
};

describe('canonicalText', () => {
  it('is the same whatever the order of keys, integer-like ones and __proto__ too', () => {
    const text = '{"10":1,"9":[{"b":null,"a":{}}],"__proto__":2,"é":3,"b":"x"}';
    expect(canonicalText(JSON.parse(text))).toBe(
      '{"10":1,"9":[{"a":{},"b":null}],"__proto__":2,"b":"x","é":3}',
    );
    expect(canonicalText({ a: undefined, c: true })).toBe('{"c":true}');
  });
});

describe('canonicalJson', () => {
  it('does not depend on the order of keys, at any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('keeps the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('keeps the order of arrays', () => {
    expect(canonicalJson([2, 1, { b: 1, a: [3, 2] }])).toBe('[2,1,{"a":[3,2],"b":1}]');
  });

  it('has a text for nothing too', () => {
    expect(canonicalJson(undefined)).toBe('null');
    expect(canonicalJson({ a: undefined })).toBe('{}');
  });
});

describe('hash53', () => {
  it('stays the same for ever: idempotency keys in the journal are compared by it', () => {
    expect(hash53('')).toBe(3_338_908_027_751_811);
    expect(hash53('precedent')).toBe(4_434_762_593_083_471);
    expect(hash53('{"type":"email.send"}')).toBe(7_978_414_565_858_889);
  });

  it('is a safe integer, and tells texts apart', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 2 }), (texts) => {
        const hashes = texts.map(hash53);
        for (const hash of hashes) expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
        expect(new Set(hashes).size).toBe(texts.length);
      }),
    );
  });
});
