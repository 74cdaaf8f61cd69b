import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import type { Workspace } from '../workspace.ts';
import { isTest } from '../workspace.ts';

/** Where the safe form of each expression is made. */
const SAFE_PLACES = ['libs/kernel/src/thrown.ts', 'libs/kernel/src/timer.ts'];
/** Layers of code that no user runs. */
const UNUSED_BY_USERS = ['verification', 'testkit'];

/**
 * Expressions of product code that are right nearly always, and end a process in the rest of cases. Code can throw values that
 * have no text and no class: `libs/kernel/src/thrown.ts` describes them all. A time that is configured may be longer than a timer of
 * the platform can wait: those of `libs/kernel/src/timer.ts` can. The domain may use neither: it gets its time from a port.
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
  const waits = source.statements.flatMap(waitsOf);
  const visit = (node: ts.Node, caught: readonly string[]): void => {
    const complaint = judge(node, caught) ?? (isUnboundedTimer(node, waits) ? TIMER : undefined);
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

const TIMER =
  'a timer of the platform fires at once when its time is above 2^31 - 1 ms: use startTimer, startInterval, sleep or timeoutSignal, or a constant';

const isUnboundedTimer = (node: ts.Node, waits: readonly string[]): boolean => {
  if (!ts.isCallExpression(node)) return false;
  const {
    expression,
    arguments: [first, second],
  } = node;
  if (waits.some((name) => isNamed(expression, name))) return !isConstant(first);
  if (isNamed(expression, 'setTimeout') || isNamed(expression, 'setInterval')) return !isConstant(second);
  const isTimeout = ts.isPropertyAccessExpression(expression) && expression.name.text === 'timeout';
  return isTimeout && isNamed(expression.expression, 'AbortSignal') && !isConstant(first);
};

/** What the file calls the `setTimeout` that gives a promise, and takes its time first. */
const waitsOf = (statement: ts.Statement): string[] => {
  if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
  const names = statement.importClause?.namedBindings;
  if (statement.moduleSpecifier.text !== 'node:timers/promises' || !names || !ts.isNamedImports(names))
    return [];
  return names.elements
    .filter(({ name, propertyName }) => (propertyName ?? name).text === 'setTimeout')
    .map(({ name }) => name.text);
};

/** A number, or the name of one: it does not come from a configuration. */
const isConstant = (node: ts.Node | undefined): boolean =>
  node === undefined ||
  ts.isNumericLiteral(node) ||
  (ts.isIdentifier(node) && /^[A-Z][A-Z_]+$/.test(node.text));

const isInstanceOfError = ({ operatorToken, right }: ts.BinaryExpression): boolean =>
  operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword && isNamed(right, 'Error');

const isNamed = (node: ts.Node, name: string): boolean => ts.isIdentifier(node) && node.text === name;
