import type { Dependency, Join } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { cycleThrough, dependencyIssues } from '@precedent/orchestration';
import type { Conditions } from '@precedent/ports';
import type { TaskClass, TaskRow } from '@precedent/tasks';
import type { CellState } from '../cell/cell-state.ts';
import type { Dependencies } from './dependencies.ts';
import { openDependencies } from './joined.ts';

/** A task that is submitted, with what it waits for. */
export interface DependingTask {
  readonly id: string;
  readonly class: Pick<TaskClass, 'namespace' | 'security'>;
  readonly dependsOn?: readonly Dependency[] | undefined;
  readonly join?: Join | undefined;
}

interface Known {
  readonly state: Pick<CellState, 'table'>;
  readonly dependencies: Pick<Dependencies, 'dependantsOf' | 'archived'>;
  readonly conditions?: Conditions | undefined;
}

/** Why a task with these dependencies is not accepted; `undefined` when it is. */
export const dependencyRefusal = (task: DependingTask, known: Known): Problem | undefined => {
  const issues = dependencyIssues(task);
  const [first] = issues;
  if (first) return { code: 'INVALID_TASK', message: `${first.field} ${first.message}`, issues };
  if (task.dependsOn === undefined) return undefined;
  return (
    wrongCondition(task.dependsOn, known) ??
    missing(task, task.dependsOn, known) ??
    cyclic(task, task.dependsOn, known)
  );
};

const wrongCondition = (dependsOn: readonly Dependency[], { conditions }: Known): Problem | undefined => {
  const issues = dependsOn.flatMap(({ when }, index) => {
    if (when === undefined) return [];
    const problem = conditions === undefined ? 'this engine evaluates none' : conditions.problemOf(when);
    return problem === undefined ? [] : [{ field: `dependsOn.${index}.when`, message: problem }];
  });
  const [first] = issues;
  return (
    first && { code: 'INVALID_TASK', message: `${first.field} is no condition: ${first.message}`, issues }
  );
};

const missing = (
  { class: own }: DependingTask,
  dependsOn: readonly Dependency[],
  { state: { table }, dependencies }: Known,
): Problem | undefined => {
  const index = dependsOn.findIndex(({ task, expect }) => {
    const row = table.get(task);
    if (row !== undefined) return !mayDependOn(own, row);
    return dependencies.archived(task) === undefined && (expect === undefined || table.wasSettled(task));
  });
  const dependency = dependsOn[index];
  return dependency && unknownDependency(dependency.task, index);
};

/** The same whether there is no such task or one that must not be known. */
export const unknownDependency = (id: string, index: number): Problem => {
  const message = `no task of the namespace has the id ${id}`;
  return {
    code: 'DEPENDENCY_NOT_FOUND',
    message,
    issues: [{ field: `dependsOn.${index}.task`, message }],
  };
};

/** When a task ends is a fact about it: a task with a security label is no dependency of one without it. */
const mayDependOn = (own: DependingTask['class'], { class: other }: TaskRow): boolean =>
  other.namespace === own.namespace && (other.security === undefined || other.security === own.security);

/** Only a task that others expect can close a cycle: all others depend on tasks that were there before. */
const cyclic = (
  { id }: DependingTask,
  dependsOn: readonly Dependency[],
  { state: { table }, dependencies }: Known,
): Problem | undefined => {
  if (dependencies.dependantsOf(id).length === 0) return undefined;
  const edgesOf = (of: string): readonly string[] => {
    const row = table.get(of);
    return row === undefined ? [] : openDependencies(row).map(({ task }) => task);
  };
  const cycle = cycleThrough(
    id,
    dependsOn.map(({ task }) => task),
    edgesOf,
  );
  return cycle && cycleProblem(cycle);
};

export const cycleProblem = (cycle: readonly string[]): Problem => {
  const path = cycle.length > CYCLE_SHOWN ? [...cycle.slice(0, CYCLE_SHOWN), '…', cycle[0]] : cycle;
  return { code: 'DEPENDENCY_CYCLE', message: `these tasks wait for each other: ${path.join(' → ')}` };
};

const CYCLE_SHOWN = 20;
