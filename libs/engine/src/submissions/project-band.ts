import type { ProjectSpec } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type { TaskClass } from '@precedent/tasks';
import type { DefinitionTable } from '../definitions/definition-table.ts';

/** Why a task of a project does not get a band: that is above the highest one of the project. */
export const projectBandProblem = (
  { namespace, project }: Pick<TaskClass, 'namespace' | 'project'>,
  band: Band,
  definitions: Pick<DefinitionTable, 'get'>,
): Problem | undefined => {
  const definition = definitions.get('project', namespace, project);
  if (definition === undefined) return undefined;
  const { bandMax } = definition.spec as ProjectSpec;
  if (bandMax === undefined || rankOf(band) <= rankOf(bandMax)) return undefined;
  const message = `project ${project} has tasks up to band ${bandMax}; got ${band}`;
  return { code: 'INVALID_TASK', message, issues: [{ field: 'band', message }] };
};
