import type { ASTNode } from '@marcbachmann/cel-js';

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/** The nodes directly below one. */
export const operandsOf = ({ args }: ASTNode): readonly ASTNode[] => nodesIn(args);

const nodesIn = (value: unknown): readonly ASTNode[] => {
  if (isNode(value)) return [value];
  return Array.isArray(value) ? value.flatMap(nodesIn) : [];
};

/** The node itself and all below it. */
export const allNodesOf = (node: ASTNode): readonly ASTNode[] => [
  node,
  ...operandsOf(node).flatMap(allNodesOf),
];

export interface Call {
  readonly name: string;
  readonly args: readonly ASTNode[];
}

/** The function or method that a node calls. */
export const callOf = (node: ASTNode): Call | undefined => {
  if (node.op === 'call') return { name: node.args[0], args: node.args[1] };
  if (node.op === 'rcall') return { name: node.args[0], args: node.args[2] };
  return undefined;
};

/** They walk through a list. */
const WALKS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

export const isWalk = (node: ASTNode): boolean => node.op === 'rcall' && WALKS.has(node.args[0]);

/** The variable that a walk binds to each value. */
export const boundIn = (node: ASTNode): string | undefined => {
  const variable = isWalk(node) ? callOf(node)?.args[0] : undefined;
  return variable?.op === 'id' ? variable.args : undefined;
};
