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

/** A need as the step that it names sees it. */
interface Needing {
  readonly dependant: string;
  readonly need: PlannedNeed;
  readonly join: Join;
}

/** The plan of a definition, made once. */
export const planOf = (spec: WorkflowSpec): WorkflowPlan => {
  const known = plans.get(spec);
  if (known !== undefined) return known;
  const needings = needingsIn(spec);
  const steps = Object.entries(spec.steps).map(
    ([name, step]) => [name, plannedStep(name, step, needings.get(name) ?? [])] as const,
  );
  const plan = { spec, steps: new Map(steps) };
  plans.set(spec, plan);
  return plan;
};

const needingsIn = ({ steps }: WorkflowSpec): ReadonlyMap<string, readonly Needing[]> => {
  const all = Object.entries(steps).flatMap(([dependant, step]) =>
    needsOf(step).map((need) => ({ dependant, need, join: step.join ?? 'all' })),
  );
  return Map.groupBy(all, ({ need }) => need.step);
};

const plannedStep = (name: string, spec: WorkflowStep, needings: readonly Needing[]): PlannedStep => ({
  name,
  kind: stepKind(spec),
  spec,
  needs: needsOf(spec),
  join: spec.join ?? 'all',
  dependants: [...new Set(needings.map(({ dependant }) => dependant))],
  isExpectedToFail: needings.some(({ need, join }) => mayBeLost(need, join)),
});

/** Whether a step can run although what it needs has failed. */
const mayBeLost = ({ on, optional }: PlannedNeed, join: Join): boolean =>
  FAILURES.has(on) || optional === true || join !== 'all';

const FAILURES: ReadonlySet<DependencyCondition> = new Set(['failure', 'completion', 'cancelled']);

/** Whether a need waits for something that may be a failure. */
export const isOfFailure = ({ on }: PlannedNeed): boolean => FAILURES.has(on);
