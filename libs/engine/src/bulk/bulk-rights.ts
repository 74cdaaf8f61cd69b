import { may } from '@precedent/access';
import { ANY, BULK_ACTIONS } from '@precedent/contract-types';
import type { BulkAction } from '@precedent/contract-types';
import { errorOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { ActedOn, Caller } from '@precedent/ports';

const requirementOf = (action: BulkAction) =>
  ({ right: BULK_ACTIONS[action].right, reach: 'namespace' }) as const;

/** Which tasks the caller may do this to: the same decision as about one of them. */
export const mayActBy =
  (action: BulkAction, { principal }: Caller, now: EpochMs): ((task: ActedOn) => boolean) =>
  (task) =>
    principal === undefined || may(principal, requirementOf(action), task, now).allowed;

/** Throws FORBIDDEN for a caller that may do this to no task that there could be. */
export const refuseUnlessSome = (
  action: BulkAction,
  { principal }: Caller,
  { namespace, project }: { readonly namespace: string; readonly project?: string | undefined },
  now: EpochMs,
): void => {
  if (principal === undefined) return;
  const resource = { namespace, project, submittedBy: principal.principal.name };
  const verdict = may(principal, requirementOf(action), resource, now);
  if (!verdict.allowed) throw errorOf(verdict.problem);
};

/** The namespace in which a caller acts: its own, where it has one. */
export const actingNamespace = ({ scope }: Caller, named: string | undefined, fallback: string): string =>
  scope.namespace === ANY ? (named ?? fallback) : scope.namespace;
