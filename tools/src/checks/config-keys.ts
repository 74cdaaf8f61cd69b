import ts from 'typescript';
import { syntaxOf } from '../syntax.ts';
import type { Workspace } from '../workspace.ts';
import { isTest } from '../workspace.ts';

/** Where keys are declared and checked: what only these files name has no effect. */
const DECLARES = /^libs\/config\/src\/(schema|policy-schema|checks|load|keys)\.ts$/;
/** What the whole configuration is called where it is passed on, and its types. */
const ROOTS: ReadonlySet<string> = new Set(['config', 'settings', 'Config', 'Settings']);
/** A band is an index as a rule: `config.bands[band].grace`. */
const BANDS: ReadonlySet<string> = new Set(['critical', 'high', 'normal', 'low']);

/**
 * Every key of the configuration that no program reads. A key counts as read where its last two names stand together, as in `nats.port` or
 * `const { port } = config.nats`; where its section is passed on as a whole, a read of its name counts. Rules of the policy are read by
 * name, with their unit: `exempt` as `exemptMs`.
 */
export const checkConfigKeys = (workspace: Workspace, keys: readonly string[]): string[] => {
  const product = workspace.packages
    .filter(({ dir }) => /^(libs|apps)\//.test(dir))
    .flatMap(({ sources }) => sources.map((source) => source.path))
    .filter((file) => !isTest(file) && !file.includes('/testing/') && !DECLARES.test(file));
  const reads = new Set(product.flatMap((file) => readsIn(syntaxOf(workspace.root, file), file)));
  return keys
    .filter((key) => !isRead(key, reads))
    .map((key) => `${key}: no program reads this key; wire it or remove it`);
};

const isRead = (key: string, reads: ReadonlySet<string>): boolean => {
  const names = key.split('.');
  const [section = '', name = ''] = names.slice(-2);
  if (key.startsWith('preemption.') && names.length > 2) return isRuleRead(name, reads);
  if (names.length === 1) return [...ROOTS].some((root) => reads.has(`${root}.${key}`));
  const sections = BANDS.has(section) ? [section, 'bands'] : [section];
  return sections.some(
    (one) => reads.has(`${one}.${name}`) || (reads.has(`whole ${one}`) && reads.has(`any ${name}`)),
  );
};

const isRuleRead = (name: string, reads: ReadonlySet<string>): boolean => {
  const withUnit = [name, `${name}Ms`, name.replace(/(Max|Min)$/, 'Ms$1')];
  return withUnit.some((rule) => reads.has(`rule ${rule}`));
};

/** Where the rules of the policy have their effect. */
const APPLIES_RULES = /^libs\/(engine|scheduling)\/src\/(?!.*\/policy\.ts$)/;

/** `nats.port`; `any port` for the name alone, `rule exemptMs` where rules are applied, `whole recent` for a section that is passed on. */
const readsIn = (source: ts.SourceFile, file: string): string[] => {
  const reads: string[] = [];
  const add = (parent: string | undefined, name: string): void => {
    reads.push(`any ${name}`);
    if (parent !== undefined) reads.push(`${parent}.${name}`);
    if (APPLIES_RULES.test(file)) reads.push(`rule ${name}`);
  };
  const visit = (node: ts.Node, parent: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) add(lastNameOf(node.expression), node.name.text);
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node)) && ts.isObjectBindingPattern(node.name))
      bind(node.name, lastNameOf(node.initializer) ?? typeNameOf(node.type), add);
    if (isSection(node) && !isAccess(parent) && !takesApart(parent)) reads.push(`whole ${lastNameOf(node)}`);
    ts.forEachChild(node, (child) => visit(child, node));
  };
  visit(source, source);
  return reads;
};

const isAccess = (node: ts.Node): node is ts.PropertyAccessExpression | ts.ElementAccessExpression =>
  ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);

/** `const { port } = config.nats`. */
const takesApart = (node: ts.Node): boolean =>
  ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name);

/** `config.recent` and `config.bands[band]`. */
const isSection = (node: ts.Node): node is ts.Expression =>
  isAccess(node) &&
  (ROOTS.has(lastNameOf(node.expression) ?? '') ||
    (ts.isElementAccessExpression(node) && isSection(node.expression)));

type Add = (parent: string | undefined, name: string) => void;

const bind = (pattern: ts.ObjectBindingPattern, parent: string | undefined, add: Add): void => {
  for (const { name, propertyName } of pattern.elements) {
    const read = propertyName ?? name;
    if (!ts.isIdentifier(read)) continue;
    add(parent, read.text);
    if (ts.isObjectBindingPattern(name)) bind(name, read.text, add);
  }
};

/** `a.b`, `a.b[x]` and `b` are all called `b`. */
const lastNameOf = (node: ts.Expression | undefined): string | undefined => {
  if (node === undefined) return undefined;
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isElementAccessExpression(node) ? lastNameOf(node.expression) : undefined;
};

/** `Config['nats']` is called `nats`, `Config` and `Pick<Config, 'nats'>` are called `Config`. */
const typeNameOf = (type: ts.TypeNode | undefined): string | undefined => {
  if (type === undefined) return undefined;
  if (ts.isIndexedAccessTypeNode(type)) {
    const { indexType } = type;
    return ts.isLiteralTypeNode(indexType) && ts.isStringLiteral(indexType.literal)
      ? indexType.literal.text
      : typeNameOf(type.objectType);
  }
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return undefined;
  return type.typeName.text === 'Pick' ? typeNameOf(type.typeArguments?.[0]) : type.typeName.text;
};
