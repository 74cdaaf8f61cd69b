import type { AccessKey, Grant, Signer } from '@precedent/contract-types';

/** One change of keys, grants or signers. A key and a signer stay: one that was revoked or removed says so. */
export type AccessChange =
  | { readonly kind: 'key'; readonly key: AccessKey }
  | { readonly kind: 'grant'; readonly grant: Grant }
  | { readonly kind: 'grant.removed'; readonly id: string }
  | { readonly kind: 'signer'; readonly signer: Signer };

/** Keys, grants and signers as of a moment, to decide on. */
export interface AccessState {
  keyOf(id: string): AccessKey | undefined;
  grantOf(id: string): Grant | undefined;
  signerOf(id: string): Signer | undefined;
  /** By id. */
  keys(): readonly AccessKey[];
  /** By id. */
  grants(): readonly Grant[];
  /** By id. */
  signers(): readonly Signer[];
}
