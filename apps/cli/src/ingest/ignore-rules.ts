import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { withoutByteOrderMark } from '@precedent/kernel';
import ignore from 'ignore';

/** What git would not look at: the rules of one `.gitignore`, for what is below its folder. */
interface Layer {
  readonly base: string;
  readonly test: (relative: string) => { readonly ignored: boolean; readonly unignored: boolean };
}

/** The `.gitignore`s on the way to a folder, outermost first. */
export type Rules = readonly Layer[];

/** The rules of a folder itself, behind those that hold there already. */
export const withRulesOf = async (folder: string, rules: Rules): Promise<Rules> => {
  const text = await readFile(path.join(folder, '.gitignore'), 'utf8').catch(() => undefined);
  if (text === undefined) return rules;
  const own = ignore().add(withoutByteOrderMark(text));
  return [...rules, { base: folder, test: (relative) => own.test(relative) }];
};

/** The rules above a folder, up to the root of its repository. */
export const rulesAbove = async (folder: string): Promise<Rules> => {
  const above: string[] = [];
  for (let at = folder; !(await isRepository(at)); at = path.dirname(at)) {
    // Outside of a repository only the folder's own rules count.
    if (path.dirname(at) === at) return [];
    above.unshift(path.dirname(at));
  }
  let rules: Rules = [];
  for (const parent of above) rules = await withRulesOf(parent, rules);
  return rules;
};

const isRepository = (folder: string): Promise<boolean> =>
  stat(path.join(folder, '.git')).then(
    () => true,
    () => false,
  );

/** The innermost rule that says anything about a path decides. */
export const isIgnored = (file: string, isFolder: boolean, rules: Rules): boolean => {
  for (const { base, test } of rules.toReversed()) {
    const relative = path.relative(base, file).split(path.sep).join('/');
    const { ignored, unignored } = test(isFolder ? `${relative}/` : relative);
    if (ignored || unignored) return ignored;
  }
  return false;
};
