import type { Source, Workspace, WorkspacePackage } from '../workspace.ts';
import { isTest, packageOf } from '../workspace.ts';

/** Packages that exist for tests: their product code is test code. */
const FOR_TESTS = ['testkit', 'verification'];

/** Every import that its package does not declare, and every declaration that nothing imports. */
export const checkDependencies = (workspace: Workspace): string[] =>
  workspace.packages.flatMap((one) => [...undeclared(workspace, one), ...unused(one)]);

const undeclared = (workspace: Workspace, one: WorkspacePackage): string[] =>
  one.sources.flatMap((source) => {
    const declared = new Set([one.name, ...one.dependencies, ...lent(workspace, one, source)]);
    const missing = importedBy([source]).filter((name) => !declared.has(name));
    return missing.map((name) => `${source.path}: ${name} is not declared in ${one.dir}/package.json`);
  });

/** npm would let everyone use what the root installs; only tests and tools may. */
const lent = (workspace: Workspace, one: WorkspacePackage, source: Source): readonly string[] =>
  isTest(source.path) || one.layers.some((layer) => FOR_TESTS.includes(layer))
    ? workspace.devDependencies
    : [];

const unused = (one: WorkspacePackage): string[] => {
  const used = new Set(importedBy(one.sources));
  return one.dependencies
    .filter((name) => !used.has(name))
    .map((name) => `${one.dir}/package.json: ${name} is declared but nothing imports it`);
};

const importedBy = (sources: readonly Source[]): string[] => {
  const names = sources.flatMap((source) => source.imports.map(packageOf));
  return [...new Set(names.filter((name) => name !== undefined))];
};
