import { describe, expect, it } from 'vitest';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import { checkPurity } from './purity.ts';

const check = (code: string, layer = 'domain', file = 'libs/a/src/a.ts'): string[] => {
  const tree = {
    ...rootManifest(),
    'libs/a/package.json': manifest('@precedent/a', [`layer:${layer}`]),
    'libs/kernel/package.json': manifest('@precedent/kernel', ['layer:kernel']),
    [file]: code,
  };
  return withTree(tree, (root) => checkPurity(readWorkspace(root)));
};

describe('the purity check', () => {
  it.each([
    'export const f = async () => { await g(); };',
    'export const f = async (all) => { for await (const one of all) use(one); };',
    'export const now = () => new Date();',
    'export const now = () => new Date;',
    'export const now = () => Date();',
  ])('refuses %s', (code) => {
    expect(check(code)).toHaveLength(1);
  });

  it('says where', () => {
    expect(check('\nconst now = new Date();')[0]).toMatch(/^libs\/a\/src\/a\.ts:2: /);
  });

  it('lets a date of a given time pass, and words in comments and texts', () => {
    expect(check("// await new Date()\nexport const at = (ms) => [new Date(ms), 'new Date()'];")).toEqual([]);
  });

  it('lets tests, outer layers and the two files about waiting await', () => {
    const waits = 'export const f = async () => { await g(); };';
    expect(check(waits, 'domain', 'libs/a/src/a.test.ts')).toEqual([]);
    expect(check(waits, 'runtime')).toEqual([]);
    expect(check(waits, 'domain', 'libs/kernel/src/service.ts')).toEqual([]);
    expect(check('const now = new Date();', 'domain', 'libs/kernel/src/service.ts')).toHaveLength(1);
  });
});
