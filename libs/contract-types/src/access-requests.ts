import type { EpochMs } from '@precedent/kernel';
import type { AccessKey, Grant, PrincipalKind, Signer } from './access.ts';

/** Of keys, grants or signers. */
export interface AccessPage {
  readonly principal?: string | undefined;
  /** Of the page before. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export interface CreateKeyRequest {
  readonly principal: string;
  /** `service` when left out. */
  readonly kind?: PrincipalKind | undefined;
  /** It has no end when left out. */
  readonly expiresAt?: EpochMs | undefined;
}

export interface RotateKeyRequest {
  readonly id: string;
  /** Milliseconds for which the key that is replaced stays valid. */
  readonly overlapMs: number;
  /** Of the new one. */
  readonly expiresAt?: EpochMs | undefined;
}

/** A key without what is stored of its secret. */
export interface KeyView extends Omit<AccessKey, 'sha256'> {
  readonly state: 'valid' | 'expired' | 'revoked';
}

/** The only place where a key appears as a whole. */
export interface NewKeyView extends KeyView {
  readonly key: string;
}

export interface KeysReply {
  readonly keys: readonly KeyView[];
  /** For the next page; absent on the last one. */
  readonly cursor?: string;
}

export interface GrantsReply {
  readonly grants: readonly Grant[];
  readonly cursor?: string;
}

export interface AddSignerRequest {
  readonly principal: string;
  /** As in `Signer`. */
  readonly publicKey: string;
}

export interface SignersReply {
  readonly signers: readonly Signer[];
  readonly cursor?: string;
}

/** A grant, which gets its id when it is added. */
export type GrantSpec = Omit<Grant, 'id'>;
