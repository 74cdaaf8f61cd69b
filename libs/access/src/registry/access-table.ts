import type { AccessKey, Grant, Principal } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { AccessChange, AccessState } from './access-state.ts';
import { isValidKey } from './key-rules.ts';

/** All keys and grants of a cell in memory, indexed for the question of every request: which principal a credential is. */
export class AccessTable implements AccessState {
  readonly #keys = new Map<string, AccessKey>();
  readonly #grants = new Map<string, Grant>();
  readonly #grantsOf = new Map<string, Map<string, Grant>>();
  /** By credential, until a key or a grant of the principal changes. */
  readonly #principals = new Map<string, Principal>();

  keyOf(id: string): AccessKey | undefined {
    return this.#keys.get(id);
  }

  grantOf(id: string): Grant | undefined {
    return this.#grants.get(id);
  }

  keys(): readonly AccessKey[] {
    return [...this.#keys.values()].toSorted(byId);
  }

  grants(): readonly Grant[] {
    return [...this.#grants.values()].toSorted(byId);
  }

  /**
   * The principal of a credential that is valid now, with all its grants. The same object as long as neither the key nor a grant of the
   * principal changes, so that what is derived from it can be kept.
   */
  principalOf(credential: string, now: EpochMs): Principal | undefined {
    const key = this.#keys.get(credential);
    if (key === undefined || !isValidKey(key, now)) return undefined;
    const known = this.#principals.get(credential);
    if (known) return known;
    const made = this.#principal(key);
    this.#principals.set(credential, made);
    return made;
  }

  /** Returns the name of the principal whose access has changed; `undefined` when nothing was there to remove. */
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

  #store(change: AccessChange): string | undefined {
    switch (change.kind) {
      case 'key':
        this.#keys.set(change.key.id, change.key);
        return change.key.principal;
      case 'grant':
        this.#removeGrant(change.grant.id);
        this.#grants.set(change.grant.id, change.grant);
        this.#grantsFor(change.grant.principal).set(change.grant.id, change.grant);
        return change.grant.principal;
      case 'grant.removed':
        return this.#removeGrant(change.id);
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

  #principal({ id, principal, kind, expiresAt }: AccessKey): Principal {
    return {
      name: principal,
      kind,
      credential: id,
      grants: [...this.#grantsFor(principal).values()],
      ...(expiresAt !== undefined && { expiresAt }),
    };
  }
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : Number(a.id > b.id);
