import type { RunState } from './run-state.ts';
import type { ReusedStep } from './run-facts.ts';
import type { StepState } from './step-state.ts';

/**
 * What a rerun takes over of a run that has ended: the steps that completed and were not compensated, but for those that it does again and
 * what needs them. Steps that did not complete are done again in any case.
 */
export const reusedSteps = (run: RunState, from: readonly string[]): Readonly<Record<string, ReusedStep>> => {
  const others = [...run.steps].filter(([, step]) => !stands(step)).map(([name]) => name);
  const again = withDependants(run, [...from, ...others]);
  return Object.fromEntries(
    [...run.steps]
      .filter(([name]) => !again.has(name))
      .map(([name, { result }]) => [name, { state: 'completed', ...(result !== undefined && { result }) }]),
  );
};

const stands = ({ state, compensation }: StepState): boolean =>
  state === 'completed' && compensation === undefined;

const withDependants = (run: RunState, from: readonly string[]): ReadonlySet<string> => {
  const again = new Set<string>();
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (again.has(name)) continue;
    again.add(name);
    open.push(...run.planned(name).dependants);
  }
  return again;
};
