import { describe, expect, it } from 'vitest';
import { cutDocument } from './cut-document.ts';
import type { TextFormat } from './document-kind.ts';
import { TEXT_FORMATS } from './document-kind.ts';

const OPTIONS = { maxChars: 1_000, overlap: 100 };
const KIB = 1024;

const cut = (text: string, kind: TextFormat) =>
  cutDocument({ bytes: Buffer.from(text), kind, options: OPTIONS, recipe: 'r' });

const filled = (piece: string, length: number): string =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** Lists around lists, each with a number in it. */
const nested = (depth: number, length: number): string =>
  `${'[1,'.repeat(depth)}${filled('2,', length)}2${']'.repeat(depth)}`;

/** What costs most in some kind of document. */
const FLOODS: Readonly<Record<string, string>> = {
  'an unclosed quote': 'a,b\n1,"open\n',
  'a quote in each line': '"a\n',
  'quotes only': '"',
  'closed headings': '# # x',
  'a heading each': '# a\nb\n',
  'a key each': 'a:\n',
  'HTML headings': '<h1>a</h1>b',
  'HTML paragraphs': '<p>a',
  'opened tags': '<a ',
  'comments that never end': '<!--',
  'letters that grow in lower case': 'İ<b>',
  'empty lines': 'a\n\n',
  'spaces at a line end': ' \n',
  'a line without an end': 'x',
  'words without an end': 'word ',
  'open lists': '[',
  'small entries': '0,',
  'backslashes in a string': '"\\',
  fences: '```\n',
};

describe('cutDocument', () => {
  it.each(Object.keys(FLOODS))('is linear, and has chunks for its size only, for a flood of %s', (name) => {
    for (const kind of TEXT_FORMATS) {
      const text = filled(FLOODS[name] ?? '', 512 * KIB);
      const before = performance.now();
      const result = cut(text, kind);
      expect(performance.now() - before, `${kind} took long`).toBeLessThan(8_000);
      if ('chunks' in result) expect(result.chunks.length, kind).toBeLessThan(64 + text.length / 40);
    }
  });

  it('takes a heading that is longer than the document is deep only once', () => {
    const text = `<h1>${'long '.repeat(100 * KIB)}</h1>${'<p>a'.repeat(100 * KIB)}`;
    const before = performance.now();
    const result = cut(text, 'html');
    expect(performance.now() - before).toBeLessThan(8_000);
    expect('chunks' in result && result.chunks.every(({ heading }) => heading.length <= 200)).toBe(true);
  });

  it('skips JSON that is nested beyond reason, with the reason', () => {
    expect(cut(nested(101, 10), 'json')).toEqual({ skip: 'too_deep' });
    expect(cut(nested(100_000, 10), 'json')).toEqual({ skip: 'too_deep' });
    expect(cut('{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000), 'json')).toEqual({ skip: 'too_deep' });
  });

  it('does not take brackets inside of strings for depth', () => {
    expect(cut(JSON.stringify(['['.repeat(1_000), '\\"[[['.repeat(100)]), 'json')).toHaveProperty('chunks');
  });

  it('makes no more text of JSON than a few times what it was, however deep', () => {
    for (const depth of [5, 50, 99]) {
      const text = nested(depth, 8 * KIB);
      const result = cut(text, 'json');
      if (!('chunks' in result)) throw new Error(`skipped: ${result.skip}`);
      expect(result.chunks.length).toBeLessThan(100);
      const chars = result.chunks.reduce((sum, chunk) => sum + chunk.text.length, 0);
      expect(chars).toBeLessThan(text.length * 10);
    }
  });

  it('joins entries that are a few characters each, and keeps their names', () => {
    const result = cut(
      JSON.stringify(
        Object.fromEntries(
          filled('ab', 4_000)
            .split('')
            .map((v, i) => [`k${i}`, v]),
        ),
      ),
      'json',
    );
    if (!('chunks' in result)) throw new Error('skipped');
    expect(result.chunks.length).toBeLessThan(64 + 4_000);
    expect(result.chunks.map(({ text }) => text).join('\n')).toContain('k3999: "b"');
  });

  it('stores well-formed text of a name that is none', () => {
    const result = cut('{"x \\ud83d": 1, "\\udc00": "y"}', 'json');
    if (!('chunks' in result)) throw new Error('skipped');
    for (const { heading, text } of result.chunks)
      expect([heading, text].every((one) => one.isWellFormed())).toBe(true);
  });

  it('keeps a key called __proto__', () => {
    const result = cut('{"__proto__": "mine"}', 'json');
    expect(result).toMatchObject({ chunks: [{ heading: '__proto__', text: '__proto__: "mine"' }] });
  });
});
