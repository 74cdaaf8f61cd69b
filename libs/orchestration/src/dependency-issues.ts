import type { Dependency, Join } from '@precedent/contract-types';
import type { Issue } from '@precedent/kernel';
import { neededOf } from './join.ts';

/** What is wrong with the dependencies of a task by themselves, whatever tasks there are. */
export const dependencyIssues = ({
  dependsOn,
  join,
}: {
  readonly dependsOn?: readonly Dependency[] | undefined;
  readonly join?: Join | undefined;
}): readonly Issue[] => {
  if (dependsOn === undefined)
    return join === undefined
      ? []
      : [{ field: 'join', message: 'needs dependsOn: there is nothing to join' }];
  const twice = secondOf(dependsOn);
  if (twice !== undefined) return [twice];
  return joinIssues(join ?? 'all', dependsOn.filter(({ optional }) => !optional).length);
};

const joinIssues = (join: Join, required: number): readonly Issue[] => {
  const needed = neededOf(join, required);
  if (needed <= required) return [];
  const message = `needs ${needed} of the ${required} dependencies that are not optional`;
  return [{ field: 'join', message }];
};

/** The same task under the same condition. */
const secondOf = (dependsOn: readonly Dependency[]): Issue | undefined => {
  const seen = new Map<string, number>();
  for (const [index, { task, on = 'success' }] of dependsOn.entries()) {
    const key = `${task} ${on}`;
    const before = seen.get(key);
    if (before !== undefined)
      return { field: `dependsOn.${index}`, message: `is the same as dependsOn.${before}: ${on} of ${task}` };
    seen.set(key, index);
  }
  return undefined;
};
