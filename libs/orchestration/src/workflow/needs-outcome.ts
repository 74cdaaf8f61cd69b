import type { Verdict } from '@precedent/contract-types';
import { isMetBy } from '../edge-outcome.ts';
import { joinOutcome, openEdges, withEdge } from '../join.ts';
import type { JoinOutcome } from '../join.ts';
import { isOfFailure } from './plan.ts';
import type { PlannedStep } from './plan.ts';
import type { PlannedNeed } from './step.ts';
import type { RunState } from './run-state.ts';
import type { StepState } from './step-state.ts';

export interface NeedsOutcome {
  readonly outcome: JoinOutcome;
  /** A need that cannot be met any more; of a broken join. */
  readonly lost?: PlannedNeed | undefined;
  /** Whether the step runs because another one failed. */
  readonly isForFailure: boolean;
}

/** Whether a step may start: the same decision as for tasks that depend on tasks. */
export const needsOutcome = (run: RunState, { needs, join }: PlannedStep): NeedsOutcome => {
  let edges = openEdges(needs.length);
  let lost: PlannedNeed | undefined;
  let isForFailure = false;
  for (const [index, need] of needs.entries()) {
    const step = run.step(need.step);
    if (!step.hasEnded) continue;
    const met = isMet(need, step);
    if (!met) lost = need;
    isForFailure ||= met && isOfFailure(need) && step.state !== 'completed';
    edges = withEdge(edges, index, met);
  }
  const dependsOn = needs.map(({ step: task, optional }) => ({ task, optional }));
  return { outcome: joinOutcome({ dependsOn, join }, edges), lost, isForFailure };
};

const isMet = ({ on, branch }: PlannedNeed, { state, cause, result }: StepState): boolean => {
  if (branch !== undefined) return state === 'completed' && branchOf(result) === branch;
  return isMetBy(on, { verdict: state as Verdict, cause });
};

/** The branch that a choice has chosen. */
export const branchOf = (result: unknown): unknown =>
  typeof result === 'object' && result !== null && 'branch' in result ? result.branch : undefined;

/** Why a lost need skips a step: a branch that was not chosen, or what it needs has ended otherwise. */
export const skipCauseOf = (run: RunState, { step, branch }: PlannedNeed): 'condition' | 'dependency' => {
  const { state, cause } = run.step(step);
  const isOtherBranch = branch !== undefined && state === 'completed';
  return isOtherBranch || cause === 'condition' ? 'condition' : 'dependency';
};
