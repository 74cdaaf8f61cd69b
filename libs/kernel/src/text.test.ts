import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charBoundary, cutBytes, cutGraphemes, cutText, excerptOf, normalForm, wellFormed } from './text.ts';

const HALF = '\ud83d';
const FAMILY = '👨‍👩‍👧‍👦';
/** Any text, also ill-formed ones: the unit of the arbitrary is a UTF-16 unit. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })), {
    maxLength: 40,
  })
  .map((units) => String.fromCharCode(...units));
const cuts = { cutText, cutGraphemes, excerptOf };

describe('text cuts', () => {
  it('replaces a lone surrogate and keeps a pair', () => {
    expect(wellFormed(`a${HALF}b😀`)).toBe('a\ufffdb😀');
  });

  it.each(Object.entries(cuts))('%s returns well-formed text within the limit, for any text', (_, cut) => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 50 }), (text, max) => {
        const result = cut(text, max);
        expect(result.isWellFormed()).toBe(true);
        expect(result.length).toBeLessThanOrEqual(max);
        if (text.length <= max) expect(result).toBe(wellFormed(text));
      }),
    );
  });

  it('ends before a pair that the limit would halve', () => {
    expect(cutText('ab😀', 3)).toBe('ab');
    expect(cutText('ab😀', 4)).toBe('ab😀');
    expect(cutText('😀', 0)).toBe('');
  });

  it('replaces a half that was in the text before the cut', () => {
    expect(cutText(`a${HALF}bc`, 2)).toBe('a\ufffd');
  });

  it('finds the start of the pair that an index is inside of', () => {
    expect([0, 1, 2, 3, 9].map((at) => charBoundary('a😀', at))).toEqual([0, 1, 1, 3, 3]);
  });

  it('keeps at most the given bytes of UTF-8, for any text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 60 }), (text, max) => {
        const result = cutBytes(text, max);
        expect(Buffer.byteLength(result)).toBeLessThanOrEqual(max);
        expect(wellFormed(text).startsWith(result)).toBe(true);
      }),
    );
    expect(cutBytes('aä😀', 4)).toBe('aä');
  });

  it('ends at whole characters where people read', () => {
    expect(cutGraphemes(`ab${FAMILY}`, 7)).toBe('ab');
    expect(cutGraphemes('cafe\u0301 noir', 4)).toBe('caf');
    expect(excerptOf(`ab${FAMILY}`, 8)).toBe('ab…');
    expect(excerptOf('abcdef', 4)).toBe('abc…');
    expect(excerptOf('abcd', 4)).toBe('abcd');
  });

  it('cuts inside a character that has more marks than anybody reads', () => {
    expect(cutGraphemes(`a${'\u0301'.repeat(5_000)}`, 1_000)).toHaveLength(1_000);
  });

  it('costs the same for a long text as for a short one', () => {
    const text = FAMILY.repeat(100_000);
    expect(cutGraphemes(text, 550_000)).toBe(FAMILY.repeat(50_000));
  });
});

describe('normalForm', () => {
  it('is what Unicode says for every text that people write', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const)
          expect(normalForm(text, form)).toBe(text.normalize(form));
      }),
    );
  });

  it('takes a flood of marks in any order in linear time, and the same for the same flood', () => {
    const flood = `a${'\u0301\u0323'.repeat(32 * 1024)}`;
    const before = performance.now();
    const once = normalForm(flood);
    expect(performance.now() - before).toBeLessThan(200);
    expect(normalForm(once)).toBe(once);
  });
});
