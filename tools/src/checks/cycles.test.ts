import { describe, expect, it } from 'vitest';
import type { Tree } from '../temp-tree.ts';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import { checkCycles } from './cycles.ts';

const check = (tree: Tree): string[] =>
  withTree({ ...rootManifest(), 'libs/a/package.json': manifest('@precedent/a', []), ...tree }, (root) =>
    checkCycles(readWorkspace(root)),
  );

describe('the cycle check', () => {
  it('finds a cycle through three files and shows the way round', () => {
    const tree = {
      'libs/a/src/a.ts': "import { b } from './b.ts';",
      'libs/a/src/b.ts': "export { c } from './deep/c.ts';",
      'libs/a/src/deep/c.ts': "import type { A } from '../a.ts';",
    };
    expect(check(tree)).toEqual([
      'libs/a/src/a.ts → libs/a/src/b.ts → libs/a/src/deep/c.ts → libs/a/src/a.ts',
    ]);
  });

  it('finds a cycle that runs through another package', () => {
    const tree = {
      'libs/a/src/index.ts': "import { b } from '@precedent/b';",
      'libs/b/package.json': manifest('@precedent/b', []),
      'libs/b/src/index.ts': "import { a } from '@precedent/a';",
    };
    expect(check(tree)).toHaveLength(1);
  });

  it('finds a file that imports itself', () => {
    expect(check({ 'libs/a/src/a.ts': "import { a } from './a.ts';" })).toHaveLength(1);
  });

  it('lets a diamond pass', () => {
    const tree = {
      'libs/a/src/a.ts': "import './b.ts'; import './c.ts';",
      'libs/a/src/b.ts': "import './d.ts';",
      'libs/a/src/c.ts': "import './d.ts';",
      'libs/a/src/d.ts': '',
    };
    expect(check(tree)).toEqual([]);
  });
});
