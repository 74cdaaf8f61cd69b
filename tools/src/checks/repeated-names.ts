import { definedBy } from '../exported-names.ts';
import { syntaxOf } from '../syntax.ts';
import type { Workspace, WorkspacePackage } from '../workspace.ts';
import { isTest } from '../workspace.ts';

/** Test code may give its fixtures any name. */
const FOR_TESTS = ['testkit', 'verification'];

/**
 * Every name that two production files define and export, but for those that are `known`: a reader who meets such a name cannot tell which
 * one is meant.
 */
export const checkRepeatedNames = (workspace: Workspace, known: readonly string[] = []): string[] =>
  [...definitionsIn(workspace)]
    .filter(([name, files]) => files.length > 1 && !known.includes(name))
    .map(([name, files]) => `${name}: exported by ${files.join(' and ')}; give one of them another name`);

const definitionsIn = ({ root, packages }: Workspace): Map<string, string[]> => {
  const places = new Map<string, string[]>();
  for (const file of packages.filter(isProduct).flatMap(productFiles)) {
    for (const name of new Set(definedBy(syntaxOf(root, file))))
      places.set(name, [...(places.get(name) ?? []), file]);
  }
  return places;
};

const isProduct = ({ layers }: WorkspacePackage): boolean =>
  !layers.some((layer) => FOR_TESTS.includes(layer));

const productFiles = ({ sources }: WorkspacePackage): string[] =>
  sources.map((source) => source.path).filter((file) => !isTest(file) && !file.includes('/testing/'));
