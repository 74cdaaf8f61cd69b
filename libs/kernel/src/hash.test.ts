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

/** RFC 8785 without a short cut. */
const orderedText = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(orderedText).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, inner]) => `${JSON.stringify(key)}:${orderedText(inner)}`).join()}}`;
};

describe('canonicalText', () => {
  it('is the same whatever the order of keys, integer-like ones and __proto__ too', () => {
    const text = '{"10":1,"9":[{"b":null,"a":{}}],"__proto__":2,"é":3,"b":"x"}';
    expect(canonicalText(JSON.parse(text))).toBe(
      '{"10":1,"9":[{"a":{},"b":null}],"__proto__":2,"b":"x","é":3}',
    );
    expect(canonicalText({ a: undefined, c: true })).toBe('{"c":true}');
  });

  it('has the keys of every object in the order of their UTF-16 units, whatever they look like', () => {
    const keys = fc.oneof(
      fc.string(),
      fc.nat().map(String),
      fc.constantFrom('__proto__', '\u{1f600}', '\ufb33'),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, fc.jsonValue({ maxDepth: 0 }), fc.array(tie('value')), tie('object')),
      object: fc.dictionary(keys, tie('value')),
    }));
    fc.assert(
      fc.property(value, (one) => {
        const text = canonicalText(one);
        expect(text).toBe(orderedText(one));
        expect(canonicalText(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('is that of the example in RFC 8785', () => {
    const text = String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`;
    expect(canonicalText(JSON.parse(text))).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
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
