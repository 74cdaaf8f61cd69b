import type { AccessKey } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { AccessChange, AccessState } from './access-state.ts';

/** Two, so that a key can be replaced while programs still use the one before. */
const VALID_KEYS_MAX = 2;

/** Why a key is not valid at a time; `undefined` when it is. */
export const endOfKey = (key: AccessKey, now: EpochMs): 'revoked' | 'expired' | undefined => {
  if (key.revokedAt !== undefined) return 'revoked';
  return key.expiresAt !== undefined && now >= key.expiresAt ? 'expired' : undefined;
};

export const isValidKey = (key: AccessKey, now: EpochMs): boolean => endOfKey(key, now) === undefined;

/**
 * Adds a key. Throws INVALID_REQUEST when its id is taken, when the principal has two valid keys already or is of another kind, or when
 * it replaces a key of another principal.
 */
export const addKey = (state: AccessState, key: AccessKey): AccessChange => {
  const { id, principal, kind, replaces, createdAt } = key;
  if (state.keyOf(id) !== undefined) throw refused(`there is a key ${id} already`);
  const valid = validKeysOf(state, principal, createdAt);
  const other = valid.find((one) => one.kind !== kind);
  if (other) throw refused(`${principal} is of kind ${other.kind}, so its keys are too`);
  if (replaces !== undefined && state.keyOf(replaces)?.principal !== principal)
    throw refused(`${principal} has no key ${replaces} that could be replaced`);
  if (valid.length >= VALID_KEYS_MAX)
    throw refused(
      `${principal} has ${VALID_KEYS_MAX} valid keys already: revoke ${valid.map((one) => one.id).join(' or ')} first`,
    );
  return { kind: 'key', key };
};

/** Lets a key end at a time, or earlier where it already does. Throws ACCESS_NOT_FOUND, and INVALID_REQUEST when the key is not valid any more. */
export const expireKey = (
  state: AccessState,
  id: string,
  { at, now }: { readonly at: EpochMs; readonly now: EpochMs },
): AccessChange => {
  const key = validKey(state, id, now);
  return { kind: 'key', key: { ...key, expiresAt: Math.min(at, key.expiresAt ?? at) } };
};

/** Revokes a key, also one that has expired. Throws ACCESS_NOT_FOUND when there is none; a revoked one keeps its time. */
export const revokeKey = (state: AccessState, id: string, now: EpochMs): AccessChange => {
  const key = state.keyOf(id);
  if (key === undefined) throw unknownKey(id);
  return { kind: 'key', key: { ...key, revokedAt: key.revokedAt ?? now } };
};

/** The keys of a principal that are valid at a time. */
export const validKeysOf = (state: AccessState, principal: string, now: EpochMs): readonly AccessKey[] =>
  state.keys().filter((key) => key.principal === principal && isValidKey(key, now));

const validKey = (state: AccessState, id: string, now: EpochMs): AccessKey => {
  const key = state.keyOf(id);
  if (key === undefined) throw unknownKey(id);
  const end = endOfKey(key, now);
  if (end !== undefined) throw refused(`the key ${id} is ${end}`);
  return key;
};

export const unknownKey = (id: string): AppError => new AppError('ACCESS_NOT_FOUND', `there is no key ${id}`);

const refused = (message: string): AppError => new AppError('INVALID_REQUEST', message);
