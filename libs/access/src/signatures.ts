import { signedText } from '@precedent/contract-types';
import type { Signer, TaskSignature } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';

/** Whether a signature of Ed25519 over a text is of a public key; both in base64url. */
export type IsSignedBy = (publicKey: string, text: string, signature: string) => boolean;

/** A task with the signature that came with it. */
export interface SignedSubmission {
  /** That of the submission; `undefined` when it names none. */
  readonly id: string | undefined;
  /** Who submits it; `undefined` where access is open. */
  readonly principal: string | undefined;
  readonly digest: string;
  readonly signature: TaskSignature;
}

type Reason = 'no_principal' | 'no_id' | 'unknown_key' | 'removed_key' | 'text_differs';

/**
 * Why the signature of a submission does not hold; `undefined` when it does. A key of another principal is answered as an unknown one: no
 * caller learns which keys others have.
 */
export const signatureProblem = (
  { id, principal, digest, signature: { key, value } }: SignedSubmission,
  signerOf: (id: string) => Signer | undefined,
  isSignedBy: IsSignedBy,
): Problem | undefined => {
  if (principal === undefined)
    return invalid('no_principal', 'this submitter is no principal, so that no key is known to be its own');
  if (id === undefined) return invalid('no_id', 'a signed task names its id, which is signed with it');
  const signer = signerOf(key);
  if (signer?.principal !== principal)
    return invalid('unknown_key', `${principal} has no key ${key} to sign with`);
  if (signer.removedAt !== undefined)
    return invalid(
      'removed_key',
      `the key ${key} of ${principal} was removed at ${new Date(signer.removedAt).toISOString()}`,
    );
  if (isSignedBy(key, signedText(id, digest), value)) return undefined;
  return invalid('text_differs', `the key ${key} signed another text than that of this task: ${digest}`);
};

const invalid = (reason: Reason, message: string): Problem => ({
  code: 'SIGNATURE_INVALID',
  message,
  details: { reason },
});

/** A signed task, as it is stored. */
export interface StoredSignature {
  readonly id: string;
  readonly at: EpochMs;
  readonly principal: string | undefined;
  readonly key: string | undefined;
  readonly digest: string | undefined;
  readonly value: string | undefined;
}

/** Milliseconds: an engine may learn of a removal a little later, and its clock may differ from that of the one which removed. */
const REMOVAL_TOLERANCE_MS = 60_000;

/** What is wrong with the signature of a stored task; `undefined` when it still holds, also with a key that was removed since. */
export const storedSignatureFault = (
  { id, at, principal, key, digest, value }: StoredSignature,
  signer: Signer | undefined,
  isSignedBy: IsSignedBy,
): string | undefined => {
  if (key === undefined || value === undefined) return 'a part of its signature is missing';
  if (digest === undefined || !isSignedBy(key, signedText(id, digest), value))
    return `its signature is not of the key ${key}`;
  if (signer === undefined) return `it is signed with ${key}, which is no key of any principal`;
  if (signer.principal !== principal) return `it is signed with ${key}, which is no key of its submitter`;
  const { removedAt = Infinity } = signer;
  return at > removedAt + REMOVAL_TOLERANCE_MS
    ? `it is signed with ${key}, which was removed before, at ${new Date(removedAt).toISOString()}`
    : undefined;
};
