import { expect, test } from 'vitest';
import { matchesGlob } from './glob.ts';

test.each([
  ['*.md', 'a.md', true],
  ['*.md', 'deep/a.md', true],
  ['*.md', 'a.mdx', false],
  ['docs/*.md', 'docs/a.md', true],
  ['docs/*.md', 'docs/b/a.md', false],
  ['docs/**', 'docs/b/a.md', true],
  ['docs/**/*.md', 'docs/a.md', true],
  ['docs/**/*.md', 'other/docs/a.md', false],
  ['**/docs/*.md', 'other/docs/a.md', true],
  ['**', 'a', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'acb', false],
  ['[a].md', '[a].md', true],
  ['*', '', true],
])('%s and %s: %s', (glob, path, matches) => {
  expect(matchesGlob(path, glob)).toBe(matches);
});

test('takes no long time, whatever the glob is', () => {
  const before = performance.now();
  expect(matchesGlob('a'.repeat(4_000), `${'*a'.repeat(120)}b`)).toBe(false);
  expect(matchesGlob('a/'.repeat(2_000), `${'**/a/'.repeat(50)}b`)).toBe(false);
  expect(performance.now() - before).toBeLessThan(1_000);
});
