import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import type { Workspace } from '../workspace.ts';
import { isTest } from '../workspace.ts';

const CORE = ['kernel', 'domain'];

/** They are about waiting, so they may wait. */
const MAY_AWAIT = ['libs/kernel/src/service.ts', 'libs/kernel/src/probe.ts', 'libs/kernel/src/retry.ts'];

/**
 * What the linter cannot say of the pure core: it is synchronous, and it never asks what time it is. (Timers, `fetch`,
 * `process`, `Date.now` and Node's modules are in `.oxlintrc.json`.)
 */
export const checkPurity = (workspace: Workspace): string[] => {
  const core = workspace.packages.filter(({ layers }) => layers.some((layer) => CORE.includes(layer)));
  const files = core.flatMap(({ sources }) => sources.map((source) => source.path));
  return files.filter((file) => !isTest(file)).flatMap((file) => impurities(workspace.root, file));
};

const impurities = (root: string, file: string): string[] => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const complaint = judge(node);
    if (complaint !== undefined && !(complaint === AWAITS && MAY_AWAIT.includes(file))) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push(`${file}:${line + 1}: ${complaint}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

const AWAITS = 'the core is synchronous and does not await';
const READS_CLOCK = 'time arrives as an argument; a Date without one reads the clock';

const judge = (node: ts.Node): string | undefined => {
  if (ts.isAwaitExpression(node)) return AWAITS;
  if (ts.isForOfStatement(node) && node.awaitModifier) return AWAITS;
  if (ts.isNewExpression(node) && isDate(node.expression) && !node.arguments?.length) return READS_CLOCK;
  return ts.isCallExpression(node) && isDate(node.expression) ? READS_CLOCK : undefined;
};

const isDate = (node: ts.Expression): boolean => ts.isIdentifier(node) && node.text === 'Date';
