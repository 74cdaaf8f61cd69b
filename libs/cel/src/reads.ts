import type { ASTNode } from '@marcbachmann/cel-js';
import { cutGraphemes } from '@precedent/kernel';
import { operandsOf } from './tree.ts';

const PATHS_MAX = 10;
const VALUE_CHARS_MAX = 100;

const NAMES: ReadonlySet<string> = new Set(['id', 'state', 'result', 'error']);

/** The values of the input that an expression names, such as `{'result.score': '0.7'}`; a missing one is `missing`. */
export const readsOf = (
  root: ASTNode,
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> => {
  const paths = [...new Map(pathsIn(root).map((path) => [path.join('.'), path]))].slice(0, PATHS_MAX);
  return Object.fromEntries(paths.map(([name, path]) => [name, shown(valueAt(input, path))]));
};

type Path = readonly (string | number)[];

/** The longest ones: of `result.a.b` not `result.a` too. */
const pathsIn = (node: ASTNode): readonly Path[] => {
  const path = pathOf(node);
  if (path !== undefined) return [path];
  return operandsOf(node).flatMap(pathsIn);
};

const pathOf = (node: ASTNode): Path | undefined => {
  if (node.op === 'id') return NAMES.has(node.args) ? [node.args] : undefined;
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [of, key] = node.args;
  const before = pathOf(of);
  const last = typeof key === 'string' ? key : keyIn(key);
  return before === undefined || last === undefined ? undefined : [...before, last];
};

const keyIn = ({ op, args }: ASTNode): string | number | undefined => {
  if (op !== 'value') return undefined;
  return typeof args === 'string' ? args : typeof args === 'bigint' ? Number(args) : undefined;
};

const valueAt = (input: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    input,
  );

const shown = (value: unknown): string =>
  value === undefined ? 'missing' : cutGraphemes(JSON.stringify(value), VALUE_CHARS_MAX);
