import type { EpochMs } from '@precedent/kernel';
import type { Clock, LeaseStore } from '@precedent/ports';

interface Lease {
  readonly owner: string;
  readonly until: EpochMs;
}

const TTL_MS = 3_000;

/** Leases in memory, by the time of `clock`. Every client of them shares the one store. */
export const memoryLeaseStore = (clock: Pick<Clock, 'now'>, ttlMs: number = TTL_MS): LeaseStore => {
  const leases = new Map<string, Lease>();
  /** By cell and owner: the lease of another owner as it was at the last call of `acquire`. */
  const seen = new Map<string, Lease>();
  const ownerOf = (cell: string): string | undefined => {
    const lease = leases.get(cell);
    return lease !== undefined && lease.until > clock.now() ? lease.owner : undefined;
  };
  const take = (cell: string, owner: string): void =>
    void leases.set(cell, { owner, until: clock.now() + ttlMs });
  return {
    ttlMs,
    acquire: async (cell, owner, dead) => {
      const lease = leases.get(cell);
      const isDead = lease !== undefined && lease.owner === dead && seen.get(`${cell}/${owner}`) === lease;
      const holder = isDead ? owner : (ownerOf(cell) ?? owner);
      if (holder === owner) take(cell, owner);
      else if (lease) seen.set(`${cell}/${owner}`, lease);
      return holder;
    },
    renew: async (cell, owner) => {
      if (ownerOf(cell) !== owner) return false;
      take(cell, owner);
      return true;
    },
    release: async (cell, owner) => {
      if (ownerOf(cell) === owner) leases.delete(cell);
    },
  };
};
