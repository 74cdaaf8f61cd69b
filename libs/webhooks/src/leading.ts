import { sleep } from '@precedent/kernel';
import type { Wake } from '@precedent/kernel';
import type { LeaseStore } from '@precedent/ports';

export interface LeadingOptions {
  readonly leases: LeaseStore;
  /** The name of the lease. */
  readonly lease: string;
  /** Unique. */
  readonly owner: string;
  /** Real time by default. */
  readonly wake?: Wake;
}

/** A lease is renewed three times before it would end. */
const SHARE_OF_TTL = 1 / 3;

/**
 * Runs `work` while this program holds a lease, again each time that it gets it, until the signal is aborted. The signal of `work` is aborted
 * when the lease is lost. Several may run it for a moment.
 */
export const whileLeading = async (
  options: LeadingOptions,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  const { leases, lease, owner, wake } = options;
  const stepMs = leases.ttlMs * SHARE_OF_TTL;
  while (!signal.aborted) {
    const holder = await leases.acquire(lease, owner).catch(() => undefined);
    if (holder === owner) await lead(options, work, signal);
    await sleep(stepMs, signal, wake);
  }
};

const lead = async (
  { leases, lease, owner, wake }: LeadingOptions,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  const lost = new AbortController();
  const leading = AbortSignal.any([signal, lost.signal]);
  const working = work(leading);
  while (!leading.aborted) {
    await sleep(leases.ttlMs * SHARE_OF_TTL, leading, wake);
    if (!leading.aborted && !(await leases.renew(lease, owner).catch(() => false))) lost.abort();
  }
  await working;
  await leases.release(lease, owner).catch(() => undefined);
};
