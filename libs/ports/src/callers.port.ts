import { OPEN_SCOPE, compile, scopeOf } from '@precedent/access';
import type { CompiledPrincipal } from '@precedent/access';
import type { AccessScope, Principal } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { AccessRegistry } from './access.port.ts';

/** The principals behind credentials, as they are now. */
export interface Callers {
  /** `undefined`: no valid credential has this id. */
  principalOf(credential: string): CompiledPrincipal | undefined;
}

/** Whose request it is. */
export interface Caller {
  /** Absent where access is open. */
  readonly principal?: CompiledPrincipal;
  /** What the request may see: every service filters by it. */
  readonly scope: AccessScope;
}

/** Everybody, where access is open. */
export const OPEN_CALLER: Caller = { scope: OPEN_SCOPE };

/** A principal that acts in a namespace. It sees nothing there without the right to read. */
export const callerAs = (principal: CompiledPrincipal, namespace: string, now: EpochMs): Caller => ({
  principal,
  scope: scopeOf(principal, 'read', namespace, now) ?? { namespace, projects: [], clearances: [] },
});

/** The callers of a registry. The grants of a principal are indexed once, for as long as nothing of it changes. */
export const callersOf = (registry: Pick<AccessRegistry, 'principalOf'>, now: () => EpochMs): Callers => {
  const compiled = new WeakMap<Principal, CompiledPrincipal>();
  return {
    principalOf: (credential) => {
      const principal = registry.principalOf(credential, now());
      if (principal === undefined) return undefined;
      const known = compiled.get(principal) ?? compile(principal);
      compiled.set(principal, known);
      return known;
    },
  };
};
