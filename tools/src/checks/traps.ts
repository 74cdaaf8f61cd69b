import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import type { Workspace } from '../workspace.ts';
import { isTest } from '../workspace.ts';

/** Where the safe form of each expression is made. */
const SAFE_PLACES = ['libs/kernel/src/thrown.ts'];
/** Layers of code that no user runs. */
const UNUSED_BY_USERS = ['verification', 'testkit'];

/**
 * Expressions of product code that are right nearly always, and end a process in the rest of cases. Code can throw values that
 * have no text and no class: `libs/kernel/src/thrown.ts` describes them all.
 */
export const checkTraps = (workspace: Workspace): string[] => {
  const product = workspace.packages.filter(
    ({ layers }) => !layers.some((layer) => UNUSED_BY_USERS.includes(layer)),
  );
  const files = product.flatMap(({ sources }) => sources.map((source) => source.path));
  return files
    .filter((file) => !isTest(file) && !SAFE_PLACES.includes(file) && !file.includes('/testing/'))
    .flatMap((file) => trapsIn(workspace.root, file));
};

const trapsIn = (root: string, file: string): string[] => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node, caught: readonly string[]): void => {
    const complaint = judge(node, caught);
    if (complaint !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push(`${file}:${line + 1}: ${complaint}`);
    }
    ts.forEachChild(node, (child) => visit(child, [...caught, ...caughtBy(node)]));
  };
  visit(source, []);
  return found;
};

/** The names under which a `catch` and a function have what was thrown. */
const caughtBy = (node: ts.Node): string[] => {
  if (ts.isCatchClause(node)) return namesOf([node.variableDeclaration]);
  return ts.isFunctionLike(node) ? namesOf(node.parameters).filter((name) => THROWN.includes(name)) : [];
};

/** What parameters are called that hold a thrown value. */
const THROWN = ['error', 'cause', 'thrown'];

type Named = ts.VariableDeclaration | ts.ParameterDeclaration;

const namesOf = (all: readonly (Named | undefined)[]): string[] =>
  all.flatMap((one) => (one !== undefined && ts.isIdentifier(one.name) ? [one.name.text] : []));

const IS_ERROR =
  '`instanceof Error` throws for a revoked proxy, and misses other realms: use isError or errorName';
const AS_TEXT = 'not everything that is thrown can be made a text: use messageOf';

const judge = (node: ts.Node, caught: readonly string[]): string | undefined => {
  if (ts.isBinaryExpression(node) && isInstanceOfError(node)) return IS_ERROR;
  const isCaught = (one: ts.Node | undefined): boolean =>
    one !== undefined && ts.isIdentifier(one) && caught.includes(one.text);
  if (ts.isCallExpression(node) && isNamed(node.expression, 'String') && isCaught(node.arguments[0]))
    return AS_TEXT;
  return ts.isTemplateSpan(node) && isCaught(node.expression) ? AS_TEXT : undefined;
};

const isInstanceOfError = ({ operatorToken, right }: ts.BinaryExpression): boolean =>
  operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword && isNamed(right, 'Error');

const isNamed = (node: ts.Node, name: string): boolean => ts.isIdentifier(node) && node.text === name;
