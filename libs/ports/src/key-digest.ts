import { createHash, timingSafeEqual } from 'node:crypto';
import { endOfKey } from '@precedent/access';
import type { AccessState } from '@precedent/access';
import type { AccessKey } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';

/** SHA-256 of the secret of a key, hexadecimal. A secret has 256 random bits, so that no slow hash is needed. */
export const keyDigest = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Why a credential does not count. For our log: a client learns only that it was refused. */
export type CredentialRefusal = 'unknown' | 'wrong secret' | 'revoked' | 'expired';

/** The stored key of a credential, when the secret is its own and it is valid now. Takes the same time for every wrong secret. */
export const verifyKey = (
  state: AccessState,
  { id, secret }: { readonly id: string; readonly secret: string },
  now: EpochMs,
): { readonly key: AccessKey } | { readonly refusal: CredentialRefusal } => {
  const key = state.keyOf(id);
  const isOwn = isDigestOf(key?.sha256 ?? NO_KEY, secret);
  if (key === undefined) return { refusal: 'unknown' };
  if (!isOwn) return { refusal: 'wrong secret' };
  const refusal = endOfKey(key, now);
  return refusal === undefined ? { key } : { refusal };
};

/** Compared with when there is no such key, so that an unknown id takes as long as a wrong secret. */
const NO_KEY = '0'.repeat(64);

const isDigestOf = (sha256: string, secret: string): boolean => {
  const [known, given] = [Buffer.from(sha256, 'hex'), Buffer.from(keyDigest(secret), 'hex')];
  return known.length === given.length && timingSafeEqual(known, given);
};
