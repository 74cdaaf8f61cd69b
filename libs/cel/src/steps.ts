import type { ASTNode } from '@marcbachmann/cel-js';
import { allNodesOf, boundIn, callOf, isWalk } from './tree.ts';

/** Characters that an operation handles in about the time of one step. */
const CHARS_PER_STEP = 100;

/** They make a list, or a text, of every part of a text. */
const PARTS: ReadonlySet<string> = new Set(['split', 'join']);

/** About 80 ns each. */
export const STEPS_MAX = 50_000;

/**
 * How many steps an expression takes at most on the values that it reads, roughly: each node is evaluated once, or once for each value that is walked
 * through; where a node names the input, it may handle all of it each time.
 */
export const stepsOf = (root: ASTNode, values: readonly unknown[], chars: number): number => {
  const nodes = allNodesOf(root);
  const whole = 1 + chars / CHARS_PER_STEP;
  if (nodes.some((node) => PARTS.has(callOf(node)?.name ?? ''))) return nodes.length * Math.max(chars, whole);
  const walks = nodes.filter(isWalk);
  if (walks.length === 0) return nodes.length * whole;
  return nodes.length * countOf(values) * (walks.some(namesInput) ? whole : 1);
};

/** Whether what is done with each value names more than the value. */
const namesInput = (walk: ASTNode): boolean => {
  const [, ...body] = callOf(walk)?.args ?? [];
  const variable = boundIn(walk);
  return body.flatMap(allNodesOf).some((node) => node.op === 'id' && node.args !== variable);
};

const countOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((sum, each) => sum + countOf(each), 1)
    : 1;
