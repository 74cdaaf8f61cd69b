import { describe, expect, it } from 'vitest';
import type { Tree } from '../temp-tree.ts';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import { checkRepeatedNames } from './repeated-names.ts';

const check = (tree: Tree, known: readonly string[] = []): string[] => {
  const packages = {
    ...rootManifest(),
    'libs/a/package.json': manifest('@precedent/a', ['layer:domain']),
    'libs/kit/package.json': manifest('@precedent/kit', ['layer:testkit']),
  };
  return withTree({ ...packages, ...tree }, (root) => checkRepeatedNames(readWorkspace(root), known));
};

describe('the check for names with two definitions', () => {
  it.each([
    ['export const Job = 1;', 'export interface Job {}'],
    ['export type Job = 1;', 'export class Job {}'],
    ['export function Job() {}', 'export enum Job {}'],
  ])('finds %s next to %s', (one, other) => {
    expect(check({ 'libs/a/src/a.ts': one, 'libs/a/src/b.ts': other })).toEqual([
      'Job: exported by libs/a/src/a.ts and libs/a/src/b.ts; give one of them another name',
    ]);
  });

  it.each([
    ['a name that is passed on', 'libs/a/src/index.ts', "export { Job } from './a.ts';"],
    ['a name that is not exported', 'libs/a/src/b.ts', 'const Job = 1;'],
    ['a test', 'libs/a/src/b.test.ts', 'export const Job = 1;'],
    ['a fixture', 'libs/a/src/testing/b.ts', 'export const Job = 1;'],
    ['the kit for tests', 'libs/kit/src/b.ts', 'export const Job = 1;'],
  ])('lets %s pass', (_name, file, code) => {
    expect(check({ 'libs/a/src/a.ts': 'export const Job = 1;', [file]: code })).toEqual([]);
  });

  it('leaves out what is known', () => {
    const tree = { 'libs/a/src/a.ts': 'export const Job = 1;', 'libs/a/src/b.ts': 'export const Job = 1;' };
    expect(check(tree, ['Job'])).toEqual([]);
  });
});
