import type { AccessKey, Grant } from '@precedent/contract-types';

/** One change of keys or grants. A key is never removed: a revoked one says so. */
export type AccessChange =
  | { readonly kind: 'key'; readonly key: AccessKey }
  | { readonly kind: 'grant'; readonly grant: Grant }
  | { readonly kind: 'grant.removed'; readonly id: string };

/** Keys and grants as of a moment, to decide on. */
export interface AccessState {
  keyOf(id: string): AccessKey | undefined;
  grantOf(id: string): Grant | undefined;
  /** By id. */
  keys(): readonly AccessKey[];
  /** By id. */
  grants(): readonly Grant[];
}
