import type { ASTNode } from '@marcbachmann/cel-js';
import { messageOf } from '@precedent/kernel';
import { PATTERN_CHARS_MAX, patternOf } from './environment.ts';
import { allNodesOf, callOf, isWalk, operandsOf } from './tree.ts';

/** Why an expression is refused whose syntax and types are right: it could take too long. */
export const refusalIn = (root: ASTNode): string | undefined => {
  for (const node of allNodesOf(root)) {
    const refusal = refusalOf(node);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
};

const refusalOf = (node: ASTNode): string | undefined => {
  if (isWalk(node) && operandsOf(node).flatMap(allNodesOf).some(isWalk))
    return 'a list may not be walked through within another walk (all, exists, exists_one, map, filter)';
  const call = callOf(node);
  if (call?.name === 'bind') return 'cel.bind() is not there: a text could be doubled with each';
  if (call?.name === 'matches') return 'matches() has no bound; re(text, pattern) has one, and takes RE2';
  return call?.name === 're' ? patternProblem(call.args[1]) : undefined;
};

const patternProblem = (pattern: ASTNode | undefined): string | undefined => {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string')
    return 're() needs a pattern that is written as a text';
  if (pattern.args.length > PATTERN_CHARS_MAX)
    return `re(): a pattern of ${pattern.args.length} characters; at most ${PATTERN_CHARS_MAX} are allowed`;
  try {
    patternOf(pattern.args);
    return undefined;
  } catch (error) {
    return `re(): ${messageOf(error)}`;
  }
};
