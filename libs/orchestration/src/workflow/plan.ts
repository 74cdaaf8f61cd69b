import type {
  DependencyCondition,
  Join,
  StepKind,
  WorkflowSpec,
  WorkflowStep,
} from '@precedent/contract-types';
import { needsOf, stepKind } from './step.ts';
import type { PlannedNeed } from './step.ts';

export interface PlannedStep {
  readonly name: string;
  readonly kind: StepKind;
  readonly spec: WorkflowStep;
  readonly needs: readonly PlannedNeed[];
  readonly join: Join;
  /** The steps that need it. */
  readonly dependants: readonly string[];
  /** Whether a step expects that it may fail. */
  readonly isExpectedToFail: boolean;
}

/** A definition as a run follows it. */
export interface WorkflowPlan {
  readonly spec: WorkflowSpec;
  readonly steps: ReadonlyMap<string, PlannedStep>;
}

const plans = new WeakMap<WorkflowSpec, WorkflowPlan>();

/** The plan of a definition, made once. */
export const planOf = (spec: WorkflowSpec): WorkflowPlan => {
  const known = plans.get(spec);
  if (known !== undefined) return known;
  const needs = new Map(Object.entries(spec.steps).map(([name, step]) => [name, needsOf(step)] as const));
  const steps = Object.entries(spec.steps).map(
    ([name, step]) => [name, plannedStep(name, step, needs)] as const,
  );
  const plan = { spec, steps: new Map(steps) };
  plans.set(spec, plan);
  return plan;
};

const plannedStep = (
  name: string,
  spec: WorkflowStep,
  needs: ReadonlyMap<string, readonly PlannedNeed[]>,
): PlannedStep => {
  const naming = [...needs].flatMap(([dependant, all]) =>
    all.filter(({ step }) => step === name).map((need) => ({ dependant, need })),
  );
  return {
    name,
    kind: stepKind(spec),
    spec,
    needs: needs.get(name) ?? [],
    join: spec.join ?? 'all',
    dependants: [...new Set(naming.map(({ dependant }) => dependant))],
    isExpectedToFail: naming.some(({ need }) => FAILURES.has(need.on)),
  };
};

const FAILURES: ReadonlySet<DependencyCondition> = new Set(['failure', 'completion', 'cancelled']);

/** Whether a need waits for something that may be a failure. */
export const isOfFailure = ({ on }: PlannedNeed): boolean => FAILURES.has(on);
