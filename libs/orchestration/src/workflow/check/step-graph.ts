import type { WorkflowSpec } from '@precedent/contract-types';
import { cycleThrough } from '../../cycle.ts';
import { needsOf } from '../step.ts';

type StepNames = (step: string) => readonly string[];

const neededIn = ({ steps }: WorkflowSpec): StepNames => {
  const needed = new Map(
    Object.entries(steps).map(([name, step]) => [name, needsOf(step).map((need) => need.step)] as const),
  );
  return (name) => needed.get(name) ?? [];
};

/** The steps that a step needs, directly or through others. */
export const ancestorsIn = (spec: WorkflowSpec): ((step: string) => ReadonlySet<string>) => {
  const needed = neededIn(spec);
  const known = new Map<string, ReadonlySet<string>>();
  return (step) => {
    const before = known.get(step) ?? reachedFrom(step, needed);
    known.set(step, before);
    return before;
  };
};

const reachedFrom = (step: string, needed: StepNames): ReadonlySet<string> => {
  const reached = new Set<string>();
  const open = [...needed(step)];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    open.push(...needed(at));
  }
  return reached;
};

/** Steps that wait for each other, from one of them back to it; `undefined` when every step can start. */
export const cycleIn = (spec: WorkflowSpec): readonly string[] | undefined => {
  const needed = neededIn(spec);
  for (const step of withoutOrder(spec, needed)) {
    const cycle = cycleThrough(step, needed(step), needed);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
};

/** Those that no order of the steps reaches: a cycle is among them. */
const withoutOrder = ({ steps }: WorkflowSpec, needed: StepNames): Iterable<string> => {
  const missing = new Map(Object.keys(steps).map((name) => [name, new Set(needed(name)).size]));
  const dependants = new Map<string, string[]>();
  for (const name of missing.keys())
    for (const need of new Set(needed(name))) dependants.set(need, [...(dependants.get(need) ?? []), name]);
  const open = [...missing].filter(([, count]) => count === 0).map(([name]) => name);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    missing.delete(at);
    for (const dependant of dependants.get(at) ?? []) {
      const left = (missing.get(dependant) ?? 0) - 1;
      missing.set(dependant, left);
      if (left === 0) open.push(dependant);
    }
  }
  return missing.keys();
};
