import { describe, expect, it } from 'vitest';
import type { Tree } from '../temp-tree.ts';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import { checkDependencies } from './dependencies.ts';

const check = (tree: Tree): string[] =>
  withTree({ ...rootManifest({ vitest: '*' }), ...tree }, (root) => checkDependencies(readWorkspace(root)));

describe('the dependency check', () => {
  it('finds an import that its package does not declare', () => {
    const tree = {
      'libs/a/package.json': manifest('@precedent/a', ['layer:adapter']),
      'libs/a/src/index.ts':
        "import { readFile } from 'node:fs/promises';\nimport { x } from '@scope/x/entry';",
    };
    expect(check(tree)).toEqual(['libs/a/src/index.ts: @scope/x is not declared in libs/a/package.json']);
  });

  it('finds a declaration that nothing imports', () => {
    const tree = {
      'libs/a/package.json': manifest('@precedent/a', ['layer:adapter'], ['yaml', 'zod']),
      'libs/a/src/index.ts': "import type { z } from 'zod';",
    };
    expect(check(tree)).toEqual(['libs/a/package.json: yaml is declared but nothing imports it']);
  });

  it('lends what the root installs to tests and tools, and to no others', () => {
    const code = "import { it } from 'vitest';";
    const tree = {
      'libs/a/package.json': manifest('@precedent/a', ['layer:domain']),
      'libs/a/src/index.ts': code,
      'libs/a/src/index.test.ts': code,
      'tools/package.json': manifest('@precedent/tools', ['layer:verification']),
      'tools/src/index.ts': code,
    };
    expect(check(tree)).toEqual(['libs/a/src/index.ts: vitest is not declared in libs/a/package.json']);
  });
});
