import { ANY } from '@precedent/contract-types';
import type { Reach, Right } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import { isExpired, isHeld, someHolding } from './principals.ts';
import type { CompiledPrincipal, Resource } from './principals.ts';
import { expired, forbidden } from './refusals.ts';

/** What an operation of the catalogue requires. */
export interface Requirement {
  readonly right: Right;
  readonly reach: Reach;
}

/**
 * Whether a caller may do it. `hidden`: the caller may not even read there, so the interface answers exactly as for a resource that does
 * not exist, and keeps the problem for its audit.
 */
export type AccessVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly problem: Problem; readonly hidden: boolean };

export const ALLOWED: AccessVerdict = { allowed: true };

const CELL: Resource = { namespace: ANY, project: ANY };

/** The one decision that every interface makes about a caller, an operation and what it acts on. */
export const may = (
  caller: CompiledPrincipal,
  { right, reach }: Requirement,
  resource: Resource,
  now: EpochMs,
): AccessVerdict => {
  if (isExpired(caller, now)) return { allowed: false, problem: expired(caller), hidden: false };
  const target = reach === 'cell' ? { ...resource, ...CELL } : resource;
  if (hasRight(caller, right, target, now)) return ALLOWED;
  if (right === 'control' && reach === 'namespace' && mayStopOwn(caller, resource, now)) return ALLOWED;
  const hidden = resource.namespace !== ANY && !hasRight(caller, 'read', resource, now);
  return { allowed: false, problem: forbidden(right, reach, resource), hidden };
};

/** Whether unexpired grants give a right on a resource. The end of the credential is not looked at. */
export const hasRight = (
  caller: CompiledPrincipal,
  right: Right,
  resource: Resource,
  now: EpochMs,
): boolean => someHolding(caller, resource, (holding) => isHeld(holding, right, resource.security, now));

/** Cancelling needs no more than the right to submit, for the task of one's own. */
const mayStopOwn = (caller: CompiledPrincipal, resource: Resource, now: EpochMs): boolean =>
  resource.submittedBy === caller.principal.name && hasRight(caller, 'submit', resource, now);
