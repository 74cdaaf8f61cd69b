import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { styled } from './style.ts';
import { visible } from '@precedent/kernel';
import { escapedJson, visibleLine } from './visible.ts';

/** What no terminal may get from a text that somebody else wrote; line feeds and tabs are shown as they are. */
const STEERING = /[^\P{Cc}\n\t]|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;
const steering = fc.constantFrom(
  '\u001b[2J',
  '\u009b2J',
  '\u202e',
  '\u2066',
  '\u200e',
  '\ufeff',
  '\u0007',
  '\r',
  '\u007f',
);
const texts = fc
  .array(fc.oneof(steering, fc.string({ unit: 'binary' })), { maxLength: 20 })
  .map((parts) => parts.join(''));

describe('visible', () => {
  it('spells out what steers a terminal, turns text around or cannot be seen', () => {
    expect(visible('\u001b[31m a\u009b2J \u202ex\u2066 \u200f \u0000 \u007f \ufeff')).toBe(
      '^[[31m a<U+009B>2J <U+202E>x<U+2066> <U+200F> ^@ ^? <U+FEFF>',
    );
  });

  it('leaves lines, tabs, scripts of all kinds and emoji as they are', () => {
    const text = 'a\tb\n数据库 e\u0301 שלום 👩\u200d👩\u200d👧 ❤\ufe0f 🏴\n';
    expect(visible(text)).toBe(text);
    expect(visible('a\r\nb')).toBe('a\nb');
  });

  it('lets nothing through, whatever the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(visible(text)).not.toMatch(STEERING);
        expect(visibleLine(text)).not.toMatch(/[\n\t\u0085\ufdd0-\ufdef]/u);
      }),
    );
  });

  it('is linear: a flood of control characters takes no time', () => {
    const begun = performance.now();
    visibleLine(' \n\u001b'.repeat(22_000));
    visibleLine(' '.repeat(65_536));
    expect(performance.now() - begun).toBeLessThan(500);
  });
});

describe('escapedJson', () => {
  it('is the same document, and steers no terminal', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const value = { text: text.toWellFormed() + styled('x', 'bad') };
        const json = escapedJson(JSON.stringify(value, null, 2));
        expect(JSON.parse(json)).toEqual(value);
        expect(json).not.toMatch(STEERING);
      }),
    );
  });
});
