import type { Dependency, JobBody, Join } from '@precedent/contract-types';
import { isOpenEdge } from '@precedent/orchestration';
import type { TaskRow } from '@precedent/tasks';

/** What a task waits for. */
export interface Joined {
  readonly dependsOn: readonly Dependency[];
  readonly join: Join;
}

/** Of more dependencies than this the parsed form is kept: each of them that is decided needs it. */
const PARSED_MIN = 4;

const parsed = new WeakMap<TaskRow, Joined>();

/** What a task waits for, as its body says. */
export const joinedOf = (row: TaskRow): Joined => {
  const known = parsed.get(row);
  if (known !== undefined) return known;
  const { dependsOn = [], join = 'all' } = JSON.parse(row.body) as JobBody;
  const joined = { dependsOn, join };
  if (dependsOn.length > PARSED_MIN && row.state === 'waiting') parsed.set(row, joined);
  return joined;
};

/** The dependencies of a waiting task that are not decided. */
export const openDependencies = (row: TaskRow): readonly Dependency[] => {
  if (row.state !== 'waiting') return [];
  const { edges = '' } = row.run;
  return joinedOf(row).dependsOn.filter((_, index) => isOpenEdge(edges, index));
};
