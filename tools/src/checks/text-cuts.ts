import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import type { Workspace } from '../workspace.ts';
import { isTest } from '../workspace.ts';

/** Where the cuts themselves are. */
const KERNEL_TEXT = 'libs/kernel/src/text.ts';
const COMPLAINT =
  'cuts text by UTF-16 unit and may halve a character: use cutText or cutGraphemes of the kernel';
/** No list is cut by such a length: a smaller number may be a count of something else. */
const CHARS_MIN = 30;

/**
 * Finds `text.slice(0, SOME_CHARS)` and `text.slice(0, 100)`. It goes by the name or the size of the limit, because asking for the type of
 * every receiver takes as long as all other checks together: a cut by a limit with another name is not found.
 */
export const checkTextCuts = (workspace: Workspace): string[] => {
  const files = workspace.packages.flatMap(({ sources }) => sources.map((source) => source.path));
  const product = files.filter(
    (file) => /^(?:libs|apps)\//.test(file) && !isTest(file) && file !== KERNEL_TEXT,
  );
  return product.flatMap((file) => cutsIn(workspace.root, file));
};

const cutsIn = (root: string, file: string): string[] => {
  const text = readFileSync(path.join(root, file), 'utf8');
  if (!/\.(?:slice|substring|substr)\(\s*0,/.test(text)) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isCut(node, source)) {
      const { line } = source.getLineAndCharacterOfPosition(node.end);
      found.push(`${file}:${line + 1}: ${COMPLAINT}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

const isCut = (node: ts.Node, source: ts.SourceFile): boolean => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const [from, to] = node.arguments;
  if (!['slice', 'substring', 'substr'].includes(node.expression.name.text)) return false;
  return from?.getText(source) === '0' && to !== undefined && isLength(to, source);
};

const isLength = (to: ts.Expression, source: ts.SourceFile): boolean =>
  ts.isNumericLiteral(to) ? Number(to.text) >= CHARS_MIN : /chars/i.test(to.getText(source));
