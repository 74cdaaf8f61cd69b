import path from 'node:path';
import ts from 'typescript';
import { exportedBy } from '../exported-names.ts';
import { syntaxOf } from '../syntax.ts';
import type { Workspace } from '../workspace.ts';

/** Its index file is for users that are not in this repository. */
const PUBLISHED = ['@precedent/client'];
/** Every name that an index file exports, and no other package imports. */
export const checkUnusedExports = (workspace: Workspace, exempt: readonly string[] = []): string[] => {
  const used = usedNames(workspace);
  return workspace.packages
    .filter(({ name }) => !PUBLISHED.includes(name) && !exempt.includes(name))
    .flatMap(({ name, dir }) => {
      const index = indexOf(workspace, dir);
      const names = index === undefined ? [] : exportedBy(syntaxOf(workspace.root, index));
      const isUsed = (exported: string): boolean => used.has(`${name} ${exported}`) || used.has(`${name} *`);
      return names
        .filter((exported) => !isUsed(exported))
        .map((exported) => `${index}: no other package imports ${exported}; do not export it`);
    });
};

const indexOf = ({ packages }: Workspace, dir: string): string | undefined => {
  const file = path.posix.join(dir, 'src/index.ts');
  const isThere = packages.some(({ sources }) => sources.some((source) => source.path === file));
  return isThere ? file : undefined;
};

/** As `<package> <name>`; `<package> *` where a package is imported as a whole. Other entry points of a package count as the package. */
const usedNames = ({ root, packages }: Workspace): Set<string> => {
  const used = new Set<string>();
  for (const { name, sources } of packages) {
    for (const source of sources) {
      if (!source.imports.some((specifier) => specifier.startsWith('@precedent/'))) continue;
      const add = (specifier: string, imported: string): void => {
        if (specifier !== name) used.add(`${specifier} ${imported}`);
      };
      visitImports(syntaxOf(root, source.path), add);
    }
  }
  return used;
};

type Add = (specifier: string, imported: string) => void;

const visitImports = (node: ts.Node, add: Add): void => {
  if (ts.isImportDeclaration(node)) importsOf(node.moduleSpecifier, node.importClause?.namedBindings, add);
  else if (ts.isExportDeclaration(node)) importsOf(node.moduleSpecifier, node.exportClause, add);
  else if (ts.isImportTypeNode(node)) typeImportOf(node, add);
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    importsOf(node.arguments[0], undefined, add);
  ts.forEachChild(node, (child) => visitImports(child, add));
};

const importsOf = (
  specifier: ts.Expression | undefined,
  names: ts.NamedImportBindings | ts.NamedExportBindings | undefined,
  add: Add,
): void => {
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
  if (names === undefined || ts.isNamespaceImport(names) || ts.isNamespaceExport(names))
    return add(specifier.text, '*');
  for (const { name, propertyName } of names.elements) add(specifier.text, (propertyName ?? name).text);
};

const typeImportOf = ({ argument, qualifier }: ts.ImportTypeNode, add: Add): void => {
  if (!ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal)) return;
  const name = qualifier === undefined || ts.isIdentifier(qualifier) ? qualifier : undefined;
  add(argument.literal.text, name?.text ?? '*');
};
