import { ANY } from '@precedent/contract-types';
import type { Grant, Principal, Right } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { rightsOf } from './rights.ts';

/** The end of each right that is held; `Infinity` for a right without end. */
type RightsUntil = Partial<Record<Right, EpochMs>>;

/** What the grants of one project give together. */
export interface Holding {
  readonly until: Readonly<RightsUntil>;
  /** By security label: the rights of the grants that are cleared for it. */
  readonly cleared: ReadonlyMap<string, Readonly<RightsUntil>>;
  /** The grants that let it submit tasks, also those that have expired. */
  readonly submitting: readonly Grant[];
}

interface NamespaceHoldings {
  /** All grants of the namespace together. */
  readonly all: Holding;
  readonly byProject: ReadonlyMap<string, Holding>;
}

/** A principal with its grants by namespace and project, so that a decision reads four entries at most, however many grants there are. */
export interface CompiledPrincipal {
  readonly principal: Principal;
  readonly namespaces: ReadonlyMap<string, NamespaceHoldings>;
}

/** What an operation acts on. `*` as namespace or project: on everything there. */
export interface Resource {
  readonly namespace: string;
  /** Left out: not known yet, or several; the scope of the request then filters. */
  readonly project?: string | undefined;
  /** The security label of the task. */
  readonly security?: string | undefined;
  /** The principal that submitted the task; only for an operation that it may perform on its own tasks. */
  readonly submittedBy?: string | undefined;
}

interface HoldingBuilder extends Holding {
  readonly until: RightsUntil;
  readonly cleared: Map<string, RightsUntil>;
  readonly submitting: Grant[];
}

interface NamespaceBuilder {
  readonly all: HoldingBuilder;
  readonly byProject: Map<string, HoldingBuilder>;
}

/** Indexes the grants of a principal. Time is no input: ends are kept, and compared when a decision is made. */
export const compile = (principal: Principal): CompiledPrincipal => {
  const namespaces = new Map<string, NamespaceBuilder>();
  for (const grant of principal.grants) {
    const { all, byProject } = getOrAdd(namespaces, grant.namespace, newNamespace);
    addGrant(all, grant);
    addGrant(getOrAdd(byProject, grant.project, newHolding), grant);
  }
  return { principal, namespaces };
};

const newHolding = (): HoldingBuilder => ({ until: {}, cleared: new Map(), submitting: [] });
const newNamespace = (): NamespaceBuilder => ({ all: newHolding(), byProject: new Map() });

const getOrAdd = <V>(map: Map<string, V>, key: string, make: () => V): V => {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
};

const addGrant = ({ until, cleared, submitting }: HoldingBuilder, grant: Grant): void => {
  extend(until, grant);
  for (const label of grant.clearances ?? [])
    extend(
      getOrAdd(cleared, label, () => ({})),
      grant,
    );
  if (rightsOf(grant.role).includes('submit')) submitting.push(grant);
};

const extend = (until: RightsUntil, { role, expiresAt = Number.POSITIVE_INFINITY }: Grant): void => {
  for (const right of rightsOf(role)) until[right] = Math.max(until[right] ?? 0, expiresAt);
};

/**
 * Whether something that the principal holds meets a condition, of all that applies to a resource: in its namespace and in all, of its
 * project and of all. Without lists, because every submission is judged.
 */
export const someHolding = (
  { namespaces }: CompiledPrincipal,
  { namespace, project }: Resource,
  meets: (holding: Holding) => boolean,
): boolean =>
  someIn(namespaces.get(namespace), project, meets) ||
  (namespace !== ANY && someIn(namespaces.get(ANY), project, meets));

const someIn = (
  space: NamespaceHoldings | undefined,
  project: string | undefined,
  meets: (holding: Holding) => boolean,
): boolean => {
  if (space === undefined) return false;
  if (project === undefined) return meets(space.all);
  const own = space.byProject.get(project);
  if (own !== undefined && meets(own)) return true;
  const all = project === ANY ? undefined : space.byProject.get(ANY);
  return all !== undefined && meets(all);
};

/** Whether a holding gives a right now, for tasks of a security label where one is named. */
export const isHeld = (
  { until, cleared }: Holding,
  right: Right,
  security: string | undefined,
  now: EpochMs,
): boolean => {
  if (security === undefined) return isBefore(now, until[right]);
  return isBefore(now, cleared.get(security)?.[right]) || isBefore(now, cleared.get(ANY)?.[right]);
};

const isBefore = (now: EpochMs, end: EpochMs | undefined): boolean => end !== undefined && now < end;

/** Whether the credential has ended. */
export const isExpired = ({ principal }: CompiledPrincipal, now: EpochMs): boolean =>
  principal.expiresAt !== undefined && now >= principal.expiresAt;
