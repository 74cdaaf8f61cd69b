import { expect, test } from 'vitest';
import ts from 'typescript';
import { THREAD_SOURCE } from './embedder-thread.ts';

/** The names that a thread with `eval` has: `require` and the globals. */
const GLOBALS = new Set(['require', ...Object.getOwnPropertyNames(globalThis)]);

/** Returns the names that a program uses and does not declare. */
const freeNames = (source: string): string[] => {
  const file = 'thread.js';
  const options = { allowJs: true, checkJs: true, noLib: true, noResolve: true, types: [] };
  const host = ts.createCompilerHost(options);
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true);
  const program = ts.createProgram([file], options, {
    ...host,
    getSourceFile: (name) => (name === file ? parsed : undefined),
  });
  const checker = program.getTypeChecker();
  const free = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isReference(node) && !isDeclared(node)) free.add(node.text);
    ts.forEachChild(node, visit);
  };
  const isDeclared = (node: ts.Identifier): boolean =>
    (checker.getSymbolAtLocation(node)?.declarations ?? []).length > 0;
  visit(parsed);
  return [...free].filter((name) => !GLOBALS.has(name));
};

/** Whether a name refers to a value, and not to a property. */
const isReference = (node: ts.Identifier): boolean => {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.propertyName !== node;
  return true;
};

test('finds a name that a program does not declare, and no property or global', () => {
  const program =
    "((load) => { const { a: b } = load('x'); let c = { d: b.e }; f(c, Math.max(1), g => g); })(require)";
  expect(freeNames(program)).toEqual(['f']);
});

test('the source of the embedder thread uses only names that it declares, `require` and globals', () => {
  expect(freeNames(THREAD_SOURCE)).toEqual([]);
});
