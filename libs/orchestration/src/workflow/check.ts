import type { WorkflowSpec } from '@precedent/contract-types';
import type { Issue } from '@precedent/kernel';
import { expressionIssues } from './check/expression-issues.ts';
import type { ExpressionChecks } from './check/expression-issues.ts';
import { cycleIn } from './check/step-graph.ts';
import { stepIssues } from './check/step-issues.ts';

const CYCLE_SHOWN = 20;

/** What is wrong with a definition that has passed its schema. None: every step can start, and every expression can be evaluated. */
export const workflowIssues = (spec: WorkflowSpec, checks: ExpressionChecks): readonly Issue[] => {
  const ofSteps = Object.entries(spec.steps).flatMap(([name, step]) =>
    stepIssues(step, spec).map(({ field, message }) => ({ field: `steps.${name}.${field}`, message })),
  );
  return [...ofSteps, ...cycleIssues(spec), ...expressionIssues(spec, checks)];
};

const cycleIssues = (spec: WorkflowSpec): readonly Issue[] => {
  const cycle = cycleIn(spec);
  if (cycle === undefined) return [];
  const path = cycle.length > CYCLE_SHOWN ? [...cycle.slice(0, CYCLE_SHOWN), '…', cycle[0]] : cycle;
  return [
    { field: `steps.${cycle[0]}.needs`, message: `these steps wait for each other: ${path.join(' → ')}` },
  ];
};
