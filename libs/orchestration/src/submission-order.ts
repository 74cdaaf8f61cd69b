import type { Dependency } from '@precedent/contract-types';

interface Submitted {
  readonly id?: string | undefined;
  readonly dependsOn?: readonly Dependency[] | undefined;
}

export interface SubmissionOrder {
  /** Indices of the tasks that can be accepted, each behind those of the same submission that it depends on. */
  readonly order: readonly number[];
  /** By index, of each task that is in a cycle or depends on one: the ids of the cycle, the first of them again at the end. */
  readonly cycles: ReadonlyMap<number, readonly string[]>;
}

/** The order in which the tasks of one submission are accepted. Tasks without dependencies among them keep theirs. */
export const submissionOrder = (tasks: readonly Submitted[]): SubmissionOrder => {
  const indexOf = new Map(tasks.flatMap(({ id }, index) => (id === undefined ? [] : [[id, index] as const])));
  const order: number[] = [];
  const cycles = new Map<number, readonly string[]>();
  const visited = new Set<number>();
  const path = new Set<number>();
  const visit = (index: number): readonly string[] | undefined => {
    if (path.has(index)) return cycleOf(tasks, [...path], index);
    if (visited.has(index)) return cycles.get(index);
    visited.add(index);
    path.add(index);
    const cycle = firstCycle(tasks[index], (id) => {
      const next = indexOf.get(id);
      return next === undefined ? undefined : visit(next);
    });
    path.delete(index);
    if (cycle === undefined) order.push(index);
    else cycles.set(index, cycle);
    return cycle;
  };
  for (const index of tasks.keys()) visit(index);
  return { order, cycles };
};

const firstCycle = (
  task: Submitted | undefined,
  visit: (id: string) => readonly string[] | undefined,
): readonly string[] | undefined => {
  for (const { task: id } of task?.dependsOn ?? []) {
    const cycle = visit(id);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
};

const cycleOf = (tasks: readonly Submitted[], path: readonly number[], from: number): readonly string[] =>
  [...path.slice(path.indexOf(from)), from].map((index) => tasks[index]?.id ?? '');
