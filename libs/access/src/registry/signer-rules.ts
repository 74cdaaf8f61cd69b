import type { Signer } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { AccessChange, AccessState } from './access-state.ts';
import type { Administrator } from './administration.ts';
import { reachedPrincipal, reachesPrincipal } from './administration.ts';

/** The signers of the principals that it administers, by id. */
export const signersFor = (state: AccessState, admin: Administrator): readonly Signer[] =>
  state.signers().filter(({ principal }) => reachesPrincipal(admin, principal));

/**
 * A key with which a principal signs. It gives no access. Throws INVALID_REQUEST when the key is known already, also one that was removed, and
 * FORBIDDEN.
 */
export const addSigner = (state: AccessState, admin: Administrator, signer: Signer): AccessChange => {
  reachedPrincipal(admin, signer.principal);
  if (state.signerOf(signer.id) === undefined) return { kind: 'signer', signer };
  const message = `the key ${signer.id} was added before; what it signed stays so, and another key is needed`;
  throw new AppError('INVALID_REQUEST', message);
};

/** Throws ACCESS_NOT_FOUND for a signer that is not there, or not administered. One that was removed keeps its time. */
export const withdrawSigner = (state: AccessState, admin: Administrator, id: string): AccessChange => {
  const signer = administeredSigner(state, admin, id);
  return { kind: 'signer', signer: { ...signer, removedAt: signer.removedAt ?? admin.now } };
};

export const administeredSigner = (state: AccessState, admin: Administrator, id: string): Signer => {
  const signer = state.signerOf(id);
  if (signer !== undefined && reachesPrincipal(admin, signer.principal)) return signer;
  throw new AppError('ACCESS_NOT_FOUND', `there is no signer ${id}`);
};
