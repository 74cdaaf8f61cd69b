import type { Dependency, Join } from '@precedent/contract-types';

/** One character for each edge: `?` open, `+` met, `-` lost. A text, because a waiting task keeps it in memory. */
export type EdgeStates = string;

const OPEN = '?';
const MET = '+';
const LOST = '-';

/** The edges of a task that was just submitted. */
export const openEdges = (count: number): EdgeStates => OPEN.repeat(count);

export const isOpenEdge = (edges: EdgeStates, index: number): boolean => edges[index] === OPEN;

export const withEdge = (edges: EdgeStates, index: number, isMet: boolean): EdgeStates =>
  edges.slice(0, index) + (isMet ? MET : LOST) + edges.slice(index + 1);

/** `broken`: it cannot hold any more. */
export type JoinOutcome = 'waits' | 'holds' | 'broken';

/** How many of the edges that are not optional have to be met. */
export const neededOf = (join: Join, required: number): number => {
  if (join === 'all') return required;
  return join === 'any' ? 1 : join;
};

/**
 * Whether a task starts. It starts as soon as enough edges that are not optional are met and no optional one is open; the rest need not be
 * decided.
 */
export const joinOutcome = (
  { dependsOn, join }: { readonly dependsOn: readonly Dependency[]; readonly join: Join },
  edges: EdgeStates,
): JoinOutcome => {
  const required = edges.split('').filter((_, index) => !dependsOn[index]?.optional);
  const needed = neededOf(join, required.length);
  const lost = required.filter((state) => state === LOST).length;
  if (required.length - lost < needed) return 'broken';
  if (required.filter((state) => state === MET).length < needed) return 'waits';
  return hasOpenOptional(dependsOn, edges) ? 'waits' : 'holds';
};

const hasOpenOptional = (dependsOn: readonly Dependency[], edges: EdgeStates): boolean =>
  dependsOn.some(({ optional }, index) => optional === true && isOpenEdge(edges, index));
