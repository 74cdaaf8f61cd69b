import type { WorkflowPlan } from './plan.ts';

/** Characters of a result as JSON that a run keeps; a larger one stays with its task. */
const KEPT_CHARS_MAX = 64 * 1024;

/** Stands for a result that is too large to keep. */
export interface LargeResult {
  readonly large: true;
  readonly chars: number;
}

/** Whether an expression of the definition reads the result of a step, or the output of the run has it. */
export const isResultRead = ({ spec, steps }: WorkflowPlan, name: string): boolean => {
  if (spec.output === undefined && steps.get(name)?.dependants.length === 0) return true;
  return expressionsOf(spec).some((text) => text.includes(name));
};

/** Results of the items of a map are kept only where an expression reads them: there may be 100,000. */
export const keepsResultsOf = ({ spec }: WorkflowPlan, name: string): boolean =>
  expressionsOf(spec).some((text) => text.includes(name));

export const keptResult = (plan: WorkflowPlan, name: string, result: unknown): unknown => {
  // What needs a branch of a choice reads it.
  const isChoice = plan.steps.get(name)?.kind === 'choice';
  if (result === undefined || !(isChoice || isResultRead(plan, name))) return undefined;
  const chars = JSON.stringify(result).length;
  return chars <= KEPT_CHARS_MAX ? result : ({ large: true, chars } satisfies LargeResult);
};

const known = new WeakMap<object, readonly string[]>();

/** Every text of CEL in a definition; one that only names a step does no harm. */
const expressionsOf = (spec: WorkflowPlan['spec']): readonly string[] => {
  const found = known.get(spec) ?? textsIn(spec);
  known.set(spec, found);
  return found;
};

const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value.includes('steps.') || value.includes('steps[') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};
