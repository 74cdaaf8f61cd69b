import { describe, expect, it } from 'vitest';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import { checkTextCuts } from './text-cuts.ts';

const check = (code: string, file = 'libs/a/src/a.ts'): string[] => {
  const tree = {
    ...rootManifest(),
    'libs/a/package.json': manifest('@precedent/a', ['layer:domain']),
    'libs/kernel/package.json': manifest('@precedent/kernel', ['layer:kernel']),
    [file]: code,
  };
  return withTree(tree, (root) => checkTextCuts(readWorkspace(root)));
};

describe('the check of text cuts', () => {
  it.each([
    'export const f = (text) => text.slice(0, TEXT_CHARS);',
    'export const f = (text) => text?.slice(0, LIMITS.errorMessageChars - 1);',
    'export const f = (text) => text.substring(0, 100);',
  ])('refuses %s', (code) => {
    expect(check(code)).toHaveLength(1);
  });

  it('says where', () => {
    expect(check('\nconst f = text.slice(0, 100);')[0]).toMatch(/^libs\/a\/src\/a\.ts:2: cuts text/);
  });

  it('accepts cuts of lists, the cuts of the kernel, and tests', () => {
    expect(check('export const f = (all) => all.slice(0, KEPT_MAX);')).toEqual([]);
    expect(check('export const f = (text) => cutText(text, TEXT_CHARS);')).toEqual([]);
    const cut = 'export const f = (text) => text.slice(0, 100);';
    expect(check(cut, 'libs/kernel/src/text.ts')).toEqual([]);
    expect(check(cut, 'libs/a/src/a.test.ts')).toEqual([]);
  });
});
