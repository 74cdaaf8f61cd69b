import { describe, expect, it } from 'vitest';
import type { Tree } from '../temp-tree.ts';
import { withTree } from '../temp-tree.ts';
import { checkTidy } from './tidy.ts';

const TIDY: Tree = {
  '.gitignore': 'node_modules/\n*.log\n',
  'CHANGELOG.md': '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Everything.\n\n## [0.1.0] - 2026-01-31\n',
  'libs/a/package.json': {},
  'libs/a/README.md': '# a\n\nReads a.yaml and\nnothing else.\n\nMore. And more.\n',
  'libs/work/src/index.ts': "import './work/a.ts'; // libs/work/src",
  'docs/a.md': '# A\n',
};

const check = (change: Tree): string[] => withTree({ ...TIDY, ...change }, checkTidy);

const unfinished = 'TO' + 'DO';
const machinePath = ['', 'work', 'x'].join('/');

describe('the tidy check', () => {
  it('has nothing to say about a tidy tree', () => {
    expect(check({})).toEqual([]);
  });

  it.each<[string, Tree]>([
    ['a package without a README', { 'apps/b/package.json': {} }],
    ['a README of two sentences', { 'libs/a/README.md': '# a\n\nReads a file. Writes another.\n' }],
    ['a README without a sentence', { 'libs/a/README.md': '# a\n' }],
    ['a name that says nothing', { 'libs/a/src/task-manager.ts': '' }],
    ['a folder that says nothing', { 'libs/a/src/utils/a.ts': '' }],
    ['unfinished work', { 'libs/a/src/a.ts': `// ${unfinished}: later` }],
    ['a path of one machine', { 'libs/a/src/a.ts': `open('${machinePath}')` }],
    ['a path of one machine in a hidden file', { '.ci/run': `cd ${machinePath}` }],
    ['a page that names a file which is not there', { 'docs/a.md': '# A\n\nSee `libs/a/src/gone.ts`.\n' }],
    ['a link that leads nowhere', { 'docs/a.md': '# A\n\nSee [b](b.md).\n' }],
    ['a page without a title', { 'docs/a.md': 'Some text.\n' }],
    ['a large binary file', { 'libs/a/blob.bin': '\0'.repeat(201 * 1024) }],
    ['registry addresses in the lockfile', { 'package-lock.json': '"resolved": "https://registry/x.tgz"' }],
    ['no changelog title', { 'CHANGELOG.md': '## [Unreleased]\n' }],
    ['a release without a date', { 'CHANGELOG.md': '# Changelog\n\n## [Unreleased]\n\n## 0.1.0\n' }],
    ['an unknown section', { 'CHANGELOG.md': '# Changelog\n\n## [Unreleased]\n\n### Misc\n' }],
  ])('finds %s', (_name, change) => {
    expect(check(change).length).toBeGreaterThan(0);
  });

  it('leaves alone what git ignores', () => {
    const junk = `${unfinished} ${machinePath}`;
    expect(
      check({ 'node_modules/helper/a.ts': junk, 'libs/a/node_modules/x.ts': junk, 'a.log': junk }),
    ).toEqual([]);
  });
});
