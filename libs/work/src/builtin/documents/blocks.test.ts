import { expect, test } from 'vitest';
import { blocksOf } from './blocks.ts';
import { documentKindOf, documentTextOf } from './document-kind.ts';

const of = (text: string, kind: Parameters<typeof blocksOf>[1]) =>
  blocksOf(text, kind).map((block) => [block.heading, block.text]);

test('Markdown: headings form a trail, and code is no heading', () => {
  const text = '# A\n\n## B ##\n\none\ntwo\n\n```sh\n# not a heading\n\necho\n```\n\n# C\n\nthree';
  expect(of(text, 'markdown')).toEqual([
    ['A > B', 'one\ntwo'],
    ['A > B', '```sh\n# not a heading\n\necho\n```'],
    ['C', 'three'],
  ]);
});

test('Markdown: a code block that never ends is still text', () => {
  expect(of('```\n# a\n\nb', 'markdown')).toEqual([['', '```\n# a\n\nb']]);
});

test('Markdown: a code block ends at a fence of its own kind that is at least as long', () => {
  const text =
    '````md\n```\n# inner\n```\n~~~~\n```` js\n\n# inner\n`````\n\n# Outer\n\n```inline``` text\n\n# Last\n\nend';
  expect(of(text, 'markdown')).toEqual([
    ['', '````md\n```\n# inner\n```\n~~~~\n```` js\n\n# inner\n`````'],
    ['Outer', '```inline``` text'],
    ['Last', 'end'],
  ]);
});

test('Markdown: a line of = or - below a line of text makes it a heading', () => {
  const text = '---\ntitle: x\n---\n\nA\n===\n\none\n\nB\n--\ntwo\n\n- item\n---\n\n---\n\na | b\n--- | ---';
  expect(of(text, 'markdown')).toEqual([
    ['', '---\ntitle: x\n---'],
    ['A', 'one'],
    ['A > B', 'two'],
    ['A > B', '- item\n---'],
    ['A > B', '---'],
    ['A > B', 'a | b\n--- | ---'],
  ]);
});

test('HTML: text without tags, scripts, comments and styles; entities are characters', () => {
  const text =
    '<!doctype html><title>T</title><style>p{}</style><h1>One</h1><!-- <p>no</p> --><p>a<b>b</b> &lt;c&gt; &#233; &nope;</p>' +
    '<h2>Two</h2><ul><li>x</li><li>y</li></ul><script>if (a < b) "<p>no</p>"</script> 1 < 2';
  expect(of(text, 'html')).toEqual([
    ['', 'T'],
    ['One', 'ab <c> é &nope;'],
    ['One > Two', 'x'],
    ['One > Two', 'y'],
    ['One > Two', '1 < 2'],
  ]);
});

test.each([
  ['<img alt="a > b">c', 'c'],
  ["<p title='<h1>no</h1>'>c</p>", 'c'],
  ['caf&eacute; &notin; &AMP; &copy 2026 &#x1F600;', 'café ∉ & © 2026 😀'],
  ['a&#xD800;b&#0;', 'a\uFFFDb\uFFFD'],
  ['<svg/>after <SVG viewBox="0 0 > 1"><text>no</text></svg>it', 'after', 'it'],
  ['<script>"</p>no"</scripts></script>it', 'it'],
  ['<textarea><b>text</textarea><!-- a > b --!>it', '<b>text', 'it'],
  ['<a<b>c', 'c'],
  ['before<![CDATA[no]]>', 'before'],
])('HTML: reads %j as a browser does', (text, ...blocks) => {
  expect(of(text, 'html').map(([, block]) => block)).toEqual(blocks);
});

test.each([
  '<'.repeat(200_000),
  '<a>'.repeat(100_000) + '</b>'.repeat(100_000),
  '<p x="'.repeat(50_000),
  '<title>&'.repeat(50_000),
  '<script></'.repeat(50_000),
  '<a '.repeat(100_000),
  '<!--'.repeat(50_000),
  '<script>'.repeat(30_000),
  '&'.repeat(200_000),
])('HTML: whatever comes, it takes no long time', (text) => {
  const before = performance.now();
  blocksOf(text, 'html');
  expect(performance.now() - before).toBeLessThan(2_000);
});

test('JSON: an entry is a block; what is no JSON is text', () => {
  expect(of('[1, {"a": 2}]', 'json')).toEqual([
    ['[0]', '0: 1'],
    ['[1]', '1: {\n "a": 2\n}'],
  ]);
  expect(of('[1, "two", null]', 'json')).toEqual([['', '1\ntwo\nnull']]);
  expect(of('{"a": 1', 'json')).toEqual([['', '{"a": 1']]);
  expect(of('{"id": 9007199254740993}', 'json')).toEqual([['', '{"id": 9007199254740993}']]);
  expect(of('"only a text"', 'json')).toEqual([['', '"only a text"']]);
});

test('YAML: a key at the margin begins a block', () => {
  expect(of('# note\na: 1\nb:\n  - x\n  c: 2\n', 'yaml')).toEqual([
    ['', '# note'],
    ['a', 'a: 1'],
    ['b', 'b:\n  - x\n  c: 2'],
  ]);
});

test('CSV: rows under the names of the columns; a quoted cell may hold lines', () => {
  expect(of('a,b\n1,"x\ny"\n2,z\n', 'csv')).toEqual([
    ['a,b', '1,"x\ny"'],
    ['a,b', '2,z'],
  ]);
  expect(of('a,b\n', 'csv')).toEqual([['', 'a,b']]);
  expect(of('', 'csv')).toEqual([]);
});

test('code: a new block at the margin, named by its first line that is no comment', () => {
  const text = 'def one():\n    a\n\n    b\n\n# about two\ndef two():\n    c\n';
  expect(of(text, 'code')).toEqual([
    ['def one():', 'def one():\n    a\n\n    b'],
    ['def two():', '# about two\ndef two():\n    c'],
  ]);
});

test('the extension says what a file is, its bytes whether it is text', () => {
  expect(['a.MD', 'a.tar.gz', 'b.tsx', '.env', 'Makefile', 'x.yml'].map(documentKindOf)).toEqual([
    'markdown',
    'text',
    'code',
    'text',
    'text',
    'yaml',
  ]);
  expect(documentTextOf(Buffer.from('\uFEFFa\r\nb'))).toBe('a\nb');
  expect(documentTextOf(Uint8Array.of(0x61, 0))).toBeUndefined();
  expect(documentTextOf(Uint8Array.of(0xc3))).toBeUndefined();
});
