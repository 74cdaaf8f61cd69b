import { AccessTable, tokenIdentities } from '@precedent/access';
import type { TrustedIssuer } from '@precedent/access';
import { sha256 } from '@precedent/ports';
import type { AccessRegistry } from '@precedent/ports';

/** The keys, grants and signers that several registries in memory share. */
export class MemoryAccess {
  readonly table: AccessTable;
  readonly listeners = new Set<(principal: string) => void>();

  constructor(issuers: readonly TrustedIssuer[] = []) {
    this.table = new AccessTable(tokenIdentities(issuers, sha256));
  }
}

/** A registry over keys and grants in memory. Those over the same `access` are the processes of one cell. */
export const memoryAccessRegistry = (access: MemoryAccess = new MemoryAccess()): AccessRegistry => {
  const { table, listeners } = access;
  const own = new Set<(principal: string) => void>();
  return {
    keyOf: (id) => table.keyOf(id),
    grantOf: (id) => table.grantOf(id),
    signerOf: (id) => table.signerOf(id),
    keys: () => table.keys(),
    grants: () => table.grants(),
    signers: () => table.signers(),
    principalOf: (credential, now) => table.principalOf(credential, now),
    tokenCredentialOf: (principal) => table.tokenCredentialOf(principal),
    change: async (decide) => {
      const principal = table.apply(decide(table));
      if (principal !== undefined) for (const listener of listeners) listener(principal);
    },
    refresh: async () => undefined,
    onChange: (listener) => {
      own.add(listener);
      listeners.add(listener);
      return () => {
        own.delete(listener);
        listeners.delete(listener);
      };
    },
    close: async () => {
      for (const listener of own) listeners.delete(listener);
    },
  };
};
