import { STEP_KINDS } from '@precedent/contract-types';
import type { DependencyCondition, Need, StepKind, WorkflowStep } from '@precedent/contract-types';

/** A need with what is left out. */
export interface PlannedNeed extends Need {
  readonly on: DependencyCondition;
}

export const needsOf = ({ needs = [] }: WorkflowStep): readonly PlannedNeed[] =>
  needs.map((need) =>
    typeof need === 'string' ? { step: need, on: 'ok' } : { ...need, on: need.on ?? 'ok' },
  );

/** What a step does. */
export const stepKind = (step: WorkflowStep): StepKind =>
  STEP_KINDS.find((kind) => step[kind] !== undefined) ?? 'task';
