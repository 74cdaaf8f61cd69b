import { describe, expect, it } from 'vitest';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import { checkUnusedExports } from './unused-exports.ts';

const check = (index: string, user: string, exempt: readonly string[] = []): string[] => {
  const tree = {
    ...rootManifest(),
    'libs/a/package.json': manifest('@precedent/a', []),
    'libs/a/src/index.ts': index,
    'libs/a/src/own.ts': "import { a } from '@precedent/a';",
    'libs/b/package.json': manifest('@precedent/b', []),
    'libs/b/src/b.ts': user,
  };
  return withTree(tree, (root) => checkUnusedExports(readWorkspace(root), exempt));
};

const INDEX = "export { a } from './a.ts';";

describe('the check that every export has a user', () => {
  it.each([
    [INDEX, ''],
    ["export type { a } from './a.ts';", "import { b } from '@precedent/a';"],
    ["export { b as a } from './b.ts';", "import { b } from '@precedent/a';"],
    ['export const a = 1;', "import { a } from '@precedent/other';"],
  ])('finds what no other package imports: %s with the user %s', (index, user) => {
    expect(check(index, user)).toEqual(['libs/a/src/index.ts: no other package imports a; do not export it']);
  });

  it.each([
    "import { a } from '@precedent/a';",
    "import type { a as c } from '@precedent/a';",
    "export { a } from '@precedent/a';",
    "import * as all from '@precedent/a';",
    "export type B = import('@precedent/a').a;",
    "export const load = () => import('@precedent/a');",
  ])('takes it as used by %s', (user) => {
    expect(check(INDEX, user)).toEqual([]);
  });

  it('lets a published package export what it likes', () => {
    expect(check(INDEX, '', ['@precedent/a'])).toEqual([]);
  });
});
