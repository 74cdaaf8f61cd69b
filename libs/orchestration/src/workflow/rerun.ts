import type { RunState } from './run-state.ts';
import type { ReusedStep } from './run-facts.ts';

/** What a rerun takes over of a run that has ended: the steps that completed, but for those that it does again and what needs them. */
export const reusedSteps = (
  run: RunState,
  from: readonly string[] = [],
): Readonly<Record<string, ReusedStep>> => {
  const again = withDependants(run, from);
  return Object.fromEntries(
    [...run.steps]
      .filter(([name, { state }]) => state === 'completed' && !again.has(name))
      .map(([name, { state, result }]) => [
        name,
        { state: state as 'completed', ...(result !== undefined && { result }) },
      ]),
  );
};

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
