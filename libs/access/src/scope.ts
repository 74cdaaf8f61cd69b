import { ANY } from '@precedent/contract-types';
import type { AccessScope, Clearances, ProjectClearances, Right } from '@precedent/contract-types';
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
  const known = knownScopes(caller);
  const key = `${right} ${namespace}`;
  const last = known.get(key);
  if (last !== undefined && last.from <= now && now < last.until) return last.scope;
  const made = madeScope(caller, right, namespace, now);
  if (known.size >= KNOWN_MAX) known.clear();
  if (made !== undefined) known.set(key, made);
  return made?.scope;
};

/** A scope that stays as it is while time passes, until the first of its grants ends. */
interface KnownScope {
  readonly scope: AccessScope;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** Scopes of a principal that are remembered, at most: of 10,000 projects one takes milliseconds to make. */
const KNOWN_MAX = 100;

const scopesOfCallers = new WeakMap<CompiledPrincipal, Map<string, KnownScope>>();

const knownScopes = (caller: CompiledPrincipal): Map<string, KnownScope> => {
  const known = scopesOfCallers.get(caller) ?? new Map<string, KnownScope>();
  scopesOfCallers.set(caller, known);
  return known;
};

const madeScope = (
  caller: CompiledPrincipal,
  right: Right,
  namespace: string,
  now: EpochMs,
): KnownScope | undefined => {
  const held = holdingsOf(caller, namespace).filter(([, holding]) => isHeld(holding, right, undefined, now));
  if (held.length === 0) return undefined;
  const everywhere = held.filter(([project]) => project === ANY);
  const labels = everywhere.flatMap(([, holding]) => labelsOf(holding, right, now));
  const byProject = projectLabels(held, right, now);
  const scope: AccessScope = {
    namespace,
    projects: everywhere.length > 0 ? ANY : [...new Set(held.map(([project]) => project))],
    clearances: labels.includes(ANY) ? ANY : [...new Set(labels)],
    ...(byProject.length > 0 && { projectClearances: byProject }),
  };
  return { scope, from: now, until: firstEnd(held, right, now) };
};

/** The next moment at which less is held. */
const firstEnd = (held: readonly ProjectHolding[], right: Right, now: EpochMs): EpochMs => {
  let first = Number.POSITIVE_INFINITY;
  for (const [, { until, cleared }] of held)
    for (const end of [until[right], ...[...cleared.values()].map((ends) => ends[right])])
      if (end !== undefined && end > now && end < first) first = end;
  return first;
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
export const isInScope = (scope: AccessScope, resource: Omit<Resource, 'submittedBy'>): boolean => {
  const { namespace: within, projects } = scope;
  const { namespace, project = ANY } = resource;
  if (within !== ANY && within !== namespace) return false;
  if (projects !== ANY && !holds(projects, project)) return false;
  return isClearedFor(scope, resource);
};

/** Whether somebody with these clearances may see what has this label. */
export const isClearedFor = (
  { clearances, projectClearances = [] }: Clearances,
  { project = ANY, security }: Pick<Resource, 'project' | 'security'>,
): boolean => {
  if (security === undefined || clearances === ANY || clearances.includes(security)) return true;
  return projectClearances.some((own) => own.project === project && covers(own.labels, security));
};

/** The clearances of a scope, for a filter; `undefined`: for all labels, so that there is nothing to filter. */
export const clearancesIn = ({ clearances, projectClearances }: AccessScope): Clearances | undefined =>
  clearances === ANY ? undefined : { clearances, ...(projectClearances && { projectClearances }) };

/** Lists longer than this are searched by a set. */
const SHORT = 16;

const setsOfLists = new WeakMap<readonly string[], ReadonlySet<string>>();

const holds = (list: readonly string[], name: string): boolean => {
  if (list.length <= SHORT) return list.includes(name);
  const set = setsOfLists.get(list) ?? new Set(list);
  setsOfLists.set(list, set);
  return set.has(name);
};

const covers = (labels: readonly string[], label: string): boolean =>
  labels.includes(label) || labels.includes(ANY);
