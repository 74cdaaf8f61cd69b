import { describe, expect, it } from 'vitest';
import { ROOT } from '../command.ts';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import { layersCanary } from './layers-canary.ts';
import { checkLayers, maySee } from './layers.ts';

describe('the layer check', () => {
  it('catches every forbidden edge, however it is written, and lets the allowed ones pass', () => {
    expect(layersCanary()).toEqual([]);
  });

  it('finds nothing in this repository', () => {
    expect(checkLayers(readWorkspace(ROOT))).toEqual([]);
  });

  it.each([
    ['kernel', 'kernel'],
    ['contract', 'domain'],
    ['domain', 'port'],
    ['port', 'runtime'],
    ['runtime', 'adapter'],
    ['adapter', 'adapter'],
    ['adapter', 'runtime'],
    ['adapter', 'memory'],
    ['sdk', 'domain'],
    ['testkit', 'adapter'],
    ['app', 'testkit'],
    ['app', 'verification'],
  ] as const)('keeps the direction: %s does not see %s', (from, to) => {
    expect(maySee(from, to)).toBe(false);
  });

  it('lets the tests of an adapter use the ports in memory, and no other file of it', () => {
    const tree = {
      ...rootManifest(),
      'libs/a/package.json': manifest('@precedent/a', ['layer:adapter']),
      'libs/a/src/a.ts': "import { b } from '@precedent/b';",
      'libs/a/src/a.test.ts': "import { b } from '@precedent/b';",
      'libs/a/src/testing/c.ts': "import { b } from '@precedent/b';",
      'libs/b/package.json': manifest('@precedent/b', ['layer:memory']),
    };
    expect(withTree(tree, (root) => checkLayers(readWorkspace(root)))).toEqual([
      'libs/a/src/a.ts: adapter may not see memory (@precedent/b)',
    ]);
  });

  it('names the file, both layers and the import', () => {
    const tree = {
      ...rootManifest(),
      'libs/a/package.json': manifest('@precedent/a', ['layer:domain']),
      'libs/a/src/deep/a.ts': "import { b } from '@precedent/b';",
      'libs/b/package.json': manifest('@precedent/b', ['layer:adapter']),
    };
    expect(withTree(tree, (root) => checkLayers(readWorkspace(root)))).toEqual([
      'libs/a/src/deep/a.ts: domain may not see adapter (@precedent/b)',
    ]);
  });
});
