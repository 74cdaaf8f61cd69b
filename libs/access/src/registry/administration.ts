import { ANY } from '@precedent/contract-types';
import type { AccessKey, Grant } from '@precedent/contract-types';
import { AppError, errorOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { PRINCIPAL_EXPECTED, checkGrant, isPrincipalName } from '../check-grant.ts';
import { hasRight } from '../may.ts';
import type { CompiledPrincipal } from '../principals.ts';
import { belongsTo } from '../task-ids.ts';
import type { AccessChange, AccessState } from './access-state.ts';
import { excessOf, isLive } from './covers.ts';
import { addKey, expireKey, revokeKey, unknownKey } from './key-rules.ts';

/** On whose behalf keys and grants are read and changed. */
export interface Administrator {
  /** `undefined`: our own program. */
  readonly caller: CompiledPrincipal | undefined;
  /** That of the request: outside it only an admin of the cell reaches anything. */
  readonly namespace: string;
  readonly now: EpochMs;
}

/** Whether it administers the whole cell: then nothing here limits it. */
const isOfCell = ({ caller, now }: Administrator): boolean =>
  caller === undefined || hasRight(caller, 'administer', { namespace: ANY, project: ANY }, now);

const administers = ({ caller, namespace, now }: Administrator, project: string): boolean =>
  caller !== undefined && hasRight(caller, 'administer', { namespace, project }, now);

const reachesGrant = (admin: Administrator, { namespace, project }: Grant): boolean =>
  isOfCell(admin) || (namespace === admin.namespace && administers(admin, project));

/** The principals of a namespace have its name before theirs, so that no other namespace can prepare a key for one of them. */
export const reachesPrincipal = (admin: Administrator, principal: string): boolean =>
  isOfCell(admin) || (belongsTo(admin.namespace, principal) && administers(admin, ANY));

/** The grants that it administers, by id. */
export const grantsFor = (state: AccessState, admin: Administrator): readonly Grant[] =>
  state.grants().filter((grant) => reachesGrant(admin, grant));

/** The keys of the principals that it administers, by id. */
export const keysFor = (state: AccessState, admin: Administrator): readonly AccessKey[] =>
  state.keys().filter(({ principal }) => reachesPrincipal(admin, principal));

/** Throws INVALID_REQUEST for a grant that is none, and FORBIDDEN for one that gives more than the administrator holds. */
export const giveGrant = (admin: Administrator, input: Grant): AccessChange & { readonly kind: 'grant' } => {
  const grant = checkGrant(input);
  if ('code' in grant) throw errorOf(grant);
  const excess = excessIn(admin, grant);
  if (excess.length === 0) return { kind: 'grant', grant };
  throw new AppError('FORBIDDEN', `the grant gives more than its giver holds: ${excess.join(', ')}`, {
    details: { members: [...excess] },
  });
};

const excessIn = (admin: Administrator, grant: Grant): readonly (keyof Grant)[] => {
  if (isOfCell(admin)) return [];
  if (admin.caller === undefined || grant.namespace !== admin.namespace) return ['namespace'];
  return excessOf(admin.caller, grant, admin.now);
};

/** Throws ACCESS_NOT_FOUND for a grant that is not there, or not administered. */
export const removeGrant = (state: AccessState, admin: Administrator, id: string): AccessChange => {
  administeredGrant(state, admin, id);
  return { kind: 'grant.removed', id };
};

export const administeredGrant = (state: AccessState, admin: Administrator, id: string): Grant => {
  const grant = state.grantOf(id);
  if (grant !== undefined && reachesGrant(admin, grant)) return grant;
  throw new AppError('ACCESS_NOT_FOUND', `there is no grant ${id}`);
};

/**
 * A key gives all that its principal holds, so the administrator must be able to give all that the principal holds. Throws as
 * `addKey` does, and FORBIDDEN.
 */
export const makeKey = (state: AccessState, admin: Administrator, key: AccessKey): AccessChange => {
  const { principal } = key;
  reachedPrincipal(admin, principal);
  const isMore = state
    .grants()
    .some(
      (grant) =>
        grant.principal === principal && isLive(grant, admin.now) && excessIn(admin, grant).length > 0,
    );
  if (isMore)
    throw new AppError(
      'FORBIDDEN',
      `${principal} holds more than you could give it: an admin of the cell makes its keys`,
    );
  return addKey(state, key);
};

/** Throws INVALID_REQUEST for what is no name, and FORBIDDEN for a principal that it does not administer. */
export const reachedPrincipal = (admin: Administrator, principal: string): void => {
  if (!isPrincipalName(principal))
    throw new AppError('INVALID_REQUEST', `the principal is not valid: expected ${PRINCIPAL_EXPECTED}`);
  if (!reachesPrincipal(admin, principal)) throw foreignPrincipal(admin);
};

const foreignPrincipal = ({ namespace }: Administrator): AppError =>
  new AppError(
    'FORBIDDEN',
    `with the role admin in all of namespace ${namespace} you make keys of its principals only: their names begin with "${namespace}--"`,
    { details: { namespace, right: 'administer' } },
  );

/** Throws ACCESS_NOT_FOUND for a key that is not there, or not administered. */
export const administeredKey = (state: AccessState, admin: Administrator, id: string): AccessKey => {
  const key = state.keyOf(id);
  if (key !== undefined && reachesPrincipal(admin, key.principal)) return key;
  throw unknownKey(id);
};

/** As `expireKey`, for an administrator. */
export const endKey = (
  state: AccessState,
  admin: Administrator,
  { id, at }: { readonly id: string; readonly at: EpochMs },
): AccessChange => expireKey(state, administeredKey(state, admin, id).id, { at, now: admin.now });

/** As `revokeKey`, for an administrator. */
export const withdrawKey = (state: AccessState, admin: Administrator, id: string): AccessChange =>
  revokeKey(state, administeredKey(state, admin, id).id, admin.now);
