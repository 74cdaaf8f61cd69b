import type { Dependency, SkipCause } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import { endedOf, isMetBy, joinOutcome, withEdge } from '@precedent/orchestration';
import type { Ended } from '@precedent/orchestration';
import type { Conditions, ConditionOutcome } from '@precedent/ports';
import { isSettled } from '@precedent/tasks';
import type { TaskMachineEvent, TaskRow } from '@precedent/tasks';
import { readNote } from '../explain/read-note.ts';
import { joinedOf } from './joined.ts';

export const endOf = ({ state, run }: TaskRow): Ended => {
  if (!isSettled(state)) throw new Error(`a task that is ${state} has no end`);
  return endedOf(state, run);
};

interface Context {
  readonly at: EpochMs;
  /** `undefined`: the task never came. */
  readonly ended: Ended | undefined;
  readonly conditions: Conditions | undefined;
}

/** What follows for a waiting task when the task of one of its dependencies has ended: the events for it, in order. */
export const edgeEvents = (row: TaskRow, edge: number, context: Context): readonly TaskMachineEvent[] => {
  const { at, ended } = context;
  const dependency = joinedOf(row).dependsOn[edge];
  if (dependency === undefined) return [];
  const isReached = ended !== undefined && isMetBy(dependency.on, ended);
  const decision = isReached ? decisionOf(dependency, context) : undefined;
  if (decision?.failure !== undefined)
    return [{ type: 'CONDITION_FAILED', at, error: undecided(dependency, decision) }];
  const met = isReached && (decision?.holds ?? true);
  const next = joinEvent(row, { edge, met, at, error: () => skipped(dependency, ended, decision) });
  const decided = { type: 'EDGE_DECIDED', at, edge, met, read: decision?.read } as const;
  // The last dependency says it with what follows from it, unless a condition was evaluated.
  if (next === undefined) return [decided];
  return decision === undefined ? [next] : [decided, next];
};

const decisionOf = (
  { when, task: id }: Dependency,
  { ended, conditions }: Context,
): ConditionOutcome | undefined => {
  if (when === undefined || ended === undefined) return undefined;
  const { verdict: state, result, error = null } = ended;
  return (
    conditions?.decide(when, { id, state, result, error }) ?? { failure: 'no conditions here', read: {} }
  );
};

const joinEvent = (
  row: TaskRow,
  {
    edge,
    met,
    at,
    error,
  }: { readonly edge: number; readonly met: boolean; readonly at: EpochMs; readonly error: () => Problem },
): TaskMachineEvent | undefined => {
  switch (joinOutcome(joinedOf(row), withEdge(row.run.edges ?? '', edge, met))) {
    case 'waits':
      return undefined;
    case 'holds':
      return { type: 'JOIN_HOLDS', at };
    case 'broken':
      return { type: 'JOIN_BROKEN', at, error: error() };
  }
};

/** Only a dependency that is lost breaks a join, so the last one that was decided is the reason. */
const skipped = (
  { task, on = 'success', when }: Dependency,
  ended: Ended | undefined,
  decision: ConditionOutcome | undefined,
): Problem => {
  const isCondition = decision !== undefined || ended?.cause === 'condition';
  const cause: SkipCause = isCondition ? 'condition' : 'dependency';
  const fact = ended === undefined ? 'did not come in time' : `is ${ended.verdict.replace('_', ' ')}`;
  const message =
    decision === undefined
      ? `it waited for ${on} of task ${task}, which ${fact}`
      : `its condition on task ${task} does not hold: ${when}${readNote(decision)}`;
  return { code: 'SKIPPED', message, details: { dependency: task, on, cause } };
};

const undecided = ({ task, when = '' }: Dependency, decision: ConditionOutcome): Problem => ({
  code: 'CONDITION_FAILED',
  message: `its condition on task ${task} could not be decided: ${when}: ${decision.failure}${readNote(decision)}`,
  details: { dependency: task, when, read: decision.read },
});
