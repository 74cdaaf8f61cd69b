import type { ASTNode } from '@marcbachmann/cel-js';
import { cutGraphemes } from '@precedent/kernel';
import { boundIn, operandsOf } from './tree.ts';

const SHOWN_MAX = 10;
const VALUE_CHARS_MAX = 100;

export type Path = readonly (string | number)[];

/** The paths of the input that an expression names, each once; the longest ones: of `result.a.b` not `result.a` too. */
export const pathsIn = (root: ASTNode): readonly Path[] => [
  ...new Map(allPathsIn(root, []).map((path) => [path.join('\n'), path])).values(),
];

/** The values behind paths, such as `{'result.score': '0.7'}`; a missing one is `missing`. */
export const shownReads = (
  paths: readonly Path[],
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(paths.slice(0, SHOWN_MAX).map((path) => [path.join('.'), shown(valueAt(input, path))]));

export const valueAt = (input: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    input,
  );

/** `bound`: variables of the walks around the node. */
const allPathsIn = (node: ASTNode, bound: readonly string[]): readonly Path[] => {
  const path = pathOf(node);
  if (path !== undefined) return bound.includes(String(path[0])) ? [] : [path];
  const variable = boundIn(node);
  const within = variable === undefined ? bound : [...bound, variable];
  return operandsOf(node).flatMap((operand, index) => allPathsIn(operand, index === 0 ? bound : within));
};

const pathOf = (node: ASTNode): Path | undefined => {
  if (node.op === 'id') return [node.args];
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

const shown = (value: unknown): string =>
  value === undefined ? 'missing' : cutGraphemes(JSON.stringify(value), VALUE_CHARS_MAX);
