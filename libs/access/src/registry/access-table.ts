import type { AccessKey, Grant, Principal, Signer } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { AccessChange, AccessState } from './access-state.ts';
import { isValidKey } from './key-rules.ts';
import { NO_TOKENS } from './token-identities.ts';
import type { TokenIdentities } from './token-identities.ts';

/** All keys, grants and signers of a cell in memory, indexed for the question of every request: which principal a credential is. */
export class AccessTable implements AccessState {
  readonly #keys = new Map<string, AccessKey>();
  readonly #grants = new Map<string, Grant>();
  readonly #signers = new Map<string, Signer>();
  readonly #grantsOf = new Map<string, Map<string, Grant>>();
  /** The principals of tokens that have grants, by their credential. */
  readonly #tokens = new Map<string, string>();
  readonly #identityOf: TokenIdentities;
  /** By credential, until a key or a grant of the principal changes. */
  readonly #principals = new Map<string, Principal>();

  constructor(identityOf: TokenIdentities = NO_TOKENS) {
    this.#identityOf = identityOf;
  }

  keyOf(id: string): AccessKey | undefined {
    return this.#keys.get(id);
  }

  grantOf(id: string): Grant | undefined {
    return this.#grants.get(id);
  }

  signerOf(id: string): Signer | undefined {
    return this.#signers.get(id);
  }

  keys(): readonly AccessKey[] {
    return [...this.#keys.values()].toSorted(byId);
  }

  grants(): readonly Grant[] {
    return [...this.#grants.values()].toSorted(byId);
  }

  signers(): readonly Signer[] {
    return [...this.#signers.values()].toSorted(byId);
  }

  /**
   * The principal of a credential that is valid now, with all its grants. The same object as long as neither the key nor a grant of the
   * principal changes, so that what is derived from it can be kept. The credential of tokens is valid as long as there is a grant: that
   * there is a valid token was checked when the connection was made, which ends with it.
   */
  principalOf(credential: string, now: EpochMs): Principal | undefined {
    const key = this.#keys.get(credential);
    if (key !== undefined && !isValidKey(key, now)) return undefined;
    const principal = this.#principals.get(credential) ?? this.#make(credential, key);
    return key === undefined && principal && !hasGrant(principal, now) ? undefined : principal;
  }

  /** The id of the credential that all tokens of a principal have; `undefined` when no trusted issuer gives it tokens. */
  tokenCredentialOf(principal: string): string | undefined {
    return this.#identityOf(principal)?.credential;
  }

  /** Returns the name of the principal whose access has changed; `undefined` when nothing was there to remove, and for a signer, which gives none. */
  apply(change: AccessChange): string | undefined {
    const principal = this.#store(change);
    if (principal !== undefined) this.#forget(principal);
    return principal;
  }

  /** Forgets a key whose stored form cannot be read any more: its credential is not valid then. Returns its principal. */
  dropKey(id: string): string | undefined {
    const key = this.#keys.get(id);
    this.#keys.delete(id);
    this.#principals.delete(id);
    return key?.principal;
  }

  /** Forgets a signer whose stored form cannot be read any more. */
  dropSigner(id: string): undefined {
    this.#signers.delete(id);
  }

  #store(change: AccessChange): string | undefined {
    switch (change.kind) {
      case 'key':
        this.#keys.set(change.key.id, change.key);
        return change.key.principal;
      case 'grant':
        this.#removeGrant(change.grant.id);
        this.#grants.set(change.grant.id, change.grant);
        this.#grantsFor(change.grant.principal).set(change.grant.id, change.grant);
        this.#admitTokens(change.grant.principal);
        return change.grant.principal;
      case 'grant.removed':
        return this.#removeGrant(change.id);
      case 'signer':
        this.#signers.set(change.signer.id, change.signer);
        return undefined;
    }
  }

  #removeGrant(id: string): string | undefined {
    const grant = this.#grants.get(id);
    if (grant === undefined) return undefined;
    this.#grants.delete(id);
    this.#grantsFor(grant.principal).delete(id);
    this.#forget(grant.principal);
    return grant.principal;
  }

  #grantsFor(principal: string): Map<string, Grant> {
    const found = this.#grantsOf.get(principal) ?? new Map<string, Grant>();
    this.#grantsOf.set(principal, found);
    return found;
  }

  #forget(principal: string): void {
    for (const [credential, { name }] of this.#principals)
      if (name === principal) this.#principals.delete(credential);
  }

  #admitTokens(principal: string): void {
    const identity = this.#identityOf(principal);
    if (identity) this.#tokens.set(identity.credential, principal);
  }

  #make(credential: string, key: AccessKey | undefined): Principal | undefined {
    const made = key ? this.#ofKey(key) : this.#ofTokens(credential);
    if (made) this.#principals.set(credential, made);
    return made;
  }

  #ofKey({ id, principal, kind, expiresAt }: AccessKey): Principal {
    return {
      name: principal,
      kind,
      credential: id,
      grants: [...this.#grantsFor(principal).values()],
      ...(expiresAt !== undefined && { expiresAt }),
    };
  }

  #ofTokens(credential: string): Principal | undefined {
    const name = this.#tokens.get(credential);
    const identity = name === undefined ? undefined : this.#identityOf(name);
    if (name === undefined || identity === undefined) return undefined;
    return { name, ...identity, grants: [...this.#grantsFor(name).values()] };
  }
}

const hasGrant = ({ grants }: Principal, now: EpochMs): boolean =>
  grants.some(({ expiresAt = Infinity }) => now < expiresAt);

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : Number(a.id > b.id);
