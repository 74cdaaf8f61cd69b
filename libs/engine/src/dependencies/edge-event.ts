import type { Dependency, SkipCause } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import { isMetBy, joinOutcome, withEdge } from '@precedent/orchestration';
import type { Ended } from '@precedent/orchestration';
import { isSettled } from '@precedent/tasks';
import type { TaskMachineEvent, TaskRow } from '@precedent/tasks';
import { joinedOf } from './joined.ts';

/** How a task with a verdict ended. */
export const endOf = ({ state, run }: TaskRow): Ended => {
  if (!isSettled(state)) throw new Error(`a task that is ${state} has no end`);
  const cause = run.error?.details?.['cause'];
  return { verdict: state, cause: cause === 'condition' || cause === 'dependency' ? cause : undefined };
};

/** What follows for a waiting task when the task of one of its dependencies has ended. `undefined`: it never came. */
export const edgeEvent = (
  row: TaskRow,
  edge: number,
  { at, ended }: { readonly at: EpochMs; readonly ended: Ended | undefined },
): TaskMachineEvent | undefined => {
  const joined = joinedOf(row);
  const dependency = joined.dependsOn[edge];
  if (dependency === undefined) return undefined;
  const met = ended !== undefined && isMetBy(dependency.on, ended);
  const edges = withEdge(row.run.edges ?? '', edge, met);
  switch (joinOutcome(joined, edges)) {
    case 'waits':
      return { type: 'EDGE_DECIDED', at, edge, met };
    case 'holds':
      return { type: 'JOIN_HOLDS', at };
    case 'broken':
      return { type: 'JOIN_BROKEN', at, error: skipped(dependency, ended) };
  }
};

/** Only a dependency that is lost breaks a join, so the last one that was decided is the reason. */
const skipped = ({ task, on = 'success' }: Dependency, ended: Ended | undefined): Problem => {
  const fact = ended === undefined ? 'did not come in time' : `is ${ended.verdict.replace('_', ' ')}`;
  const cause: SkipCause = ended?.cause === 'condition' ? 'condition' : 'dependency';
  const message = `it waited for ${on} of task ${task}, which ${fact}`;
  return { code: 'SKIPPED', message, details: { dependency: task, on, cause } };
};
