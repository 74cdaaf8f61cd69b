import { ANY } from '@precedent/contract-types';
import type { AccessScope, ProjectClearances, Right } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { isExpired, isHeld } from './principals.ts';
import type { CompiledPrincipal, Holding, Resource } from './principals.ts';

/** Everything: the scope of every caller where access is not required. */
export const OPEN_SCOPE: AccessScope = { namespace: ANY, projects: ANY, clearances: ANY };

/**
 * What a request of a caller reaches in a namespace (`*`: in all of the cell), or `undefined` where it has not the right. Of the same
 * grants as `may`: a task is in the scope exactly if `may` allows the right on it.
 */
export const scopeOf = (
  caller: CompiledPrincipal,
  right: Right,
  namespace: string,
  now: EpochMs,
): AccessScope | undefined => {
  if (isExpired(caller, now)) return undefined;
  const held = holdingsOf(caller, namespace).filter(([, holding]) => isHeld(holding, right, undefined, now));
  if (held.length === 0) return undefined;
  const everywhere = held.filter(([project]) => project === ANY);
  const labels = everywhere.flatMap(([, holding]) => labelsOf(holding, right, now));
  const byProject = projectLabels(held, right, now);
  return {
    namespace,
    projects: everywhere.length > 0 ? ANY : [...new Set(held.map(([project]) => project))],
    clearances: labels.includes(ANY) ? ANY : [...new Set(labels)],
    ...(byProject.length > 0 && { projectClearances: byProject }),
  };
};

type ProjectHolding = readonly [project: string, holding: Holding];

const holdingsOf = ({ namespaces }: CompiledPrincipal, namespace: string): readonly ProjectHolding[] => {
  const spaces = namespace === ANY ? [ANY] : [namespace, ANY];
  return spaces.flatMap((space) => [...(namespaces.get(space)?.byProject ?? [])]);
};

const labelsOf = (holding: Holding, right: Right, now: EpochMs): string[] =>
  [...holding.cleared.keys()].filter((label) => isHeld(holding, right, label, now));

/** The labels that are granted for single projects. */
const projectLabels = (
  held: readonly ProjectHolding[],
  right: Right,
  now: EpochMs,
): readonly ProjectClearances[] =>
  held
    .filter(([project]) => project !== ANY)
    .map(([project, holding]) => ({ project, labels: labelsOf(holding, right, now) }))
    .filter(({ labels }) => labels.length > 0);

/** Whether a task, or what came of it, is in a scope. */
export const isInScope = (
  { namespace: within, projects, clearances, projectClearances = [] }: AccessScope,
  { namespace, project = ANY, security }: Omit<Resource, 'submittedBy'>,
): boolean => {
  if (within !== ANY && within !== namespace) return false;
  if (projects !== ANY && !projects.includes(project)) return false;
  if (security === undefined || clearances === ANY || clearances.includes(security)) return true;
  return projectClearances.some((own) => own.project === project && covers(own.labels, security));
};

const covers = (labels: readonly string[], label: string): boolean =>
  labels.includes(label) || labels.includes(ANY);
