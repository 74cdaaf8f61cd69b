import { ANY } from '@precedent/contract-types';
import type { AccessScope } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';

type Projects = AccessScope['projects'];

/** The projects that a search may look into: those that were requested and are in scope. `undefined`: all of the namespace. */
export const projectsWithin = (
  { projects }: { readonly projects: Projects },
  requested: string | readonly string[] | undefined,
): readonly string[] | undefined => {
  const wanted = typeof requested === 'string' ? [requested] : requested;
  if (projects === ANY) return wanted;
  const within = wanted === undefined ? projects : wanted.filter((project) => projects.includes(project));
  if (within.length > 0) return within;
  throw new AppError('FORBIDDEN', `no grant covers the project ${(wanted ?? []).join(', ')}`);
};

/** The one project of a request that takes one at most. Throws INVALID_REQUEST when the scope leaves several. */
export const oneProjectWithin = (
  scope: { readonly projects: Projects },
  requested: string | undefined,
): string | undefined => {
  const [project, ...others] = projectsWithin(scope, requested) ?? [];
  if (others.length === 0) return project;
  throw new AppError('INVALID_REQUEST', 'the grants cover several projects of this namespace: name one', {
    issues: [{ field: 'project', message: `expected one of ${[project, ...others].join(', ')}` }],
  });
};

/** Conclusions from all tasks of a namespace are for callers who may see all of them. */
export const requireAllProjects = ({ namespace, projects }: AccessScope): void => {
  if (projects === ANY) return;
  throw new AppError(
    'FORBIDDEN',
    `this concludes from all projects of namespace ${namespace}: it needs a grant of all of them`,
  );
};
