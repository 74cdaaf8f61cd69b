import type { LeaseStore } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { suiteWorlds } from './suite-worlds.ts';

/** Where a suite's leases live. */
export interface LeaseWorld {
  /** Another call gives another client of the same leases. */
  open(): Promise<LeaseStore>;
  /** Resolves when the lease of the cell has run out because it was not renewed. */
  expired(cell: string): Promise<void>;
  close(): Promise<void>;
}

/** What every `LeaseStore` must do. `make` gives a world without leases; make them short, the suite waits for their end. */
export const describeLeaseStore = (name: string, make: () => Promise<LeaseWorld>): void => {
  const setup = suiteWorlds<LeaseStore, LeaseWorld>(make);
  describe(`${name} as a lease store`, () => {
    describeHolding(setup);
    describeEnding(setup);
  });
};

type Setup = () => Promise<{ world: LeaseWorld; one: LeaseStore; other: LeaseStore }>;

const describeHolding = (setup: Setup): void => {
  it('gives a free lease to the one who asks', async () => {
    const { one } = await setup();
    expect(await one.acquire('main', 'a')).toBe('a');
    expect(one.ttlMs).toBeGreaterThan(0);
  });

  it('answers another one with the owner', async () => {
    const { one, other } = await setup();
    await one.acquire('main', 'a');
    expect(await other.acquire('main', 'b')).toBe('a');
    expect(await other.renew('main', 'b')).toBe(false);
    expect(await one.renew('main', 'a')).toBe(true);
  });

  it('gives it again to its owner, also after a restart', async () => {
    const { one, other } = await setup();
    await one.acquire('main', 'a');
    expect(await one.acquire('main', 'a')).toBe('a');
    expect(await other.acquire('main', 'a')).toBe('a');
    expect(await one.renew('main', 'a')).toBe(true);
    expect(await other.renew('main', 'a')).toBe(true);
  });

  it('keeps cells apart', async () => {
    const { one, other } = await setup();
    expect(await one.acquire('main', 'a')).toBe('a');
    expect(await other.acquire('second', 'b')).toBe('b');
    await one.release('main', 'a');
    expect(await other.renew('second', 'b')).toBe(true);
  });

  it('has one winner when two ask at once', async () => {
    const { one, other } = await setup();
    for (const cell of ['c1', 'c2', 'c3', 'c4', 'c5']) {
      const [first, second] = await Promise.all([one.acquire(cell, 'a'), other.acquire(cell, 'b')]);
      expect(first).toBe(second);
      expect(['a', 'b']).toContain(first);
    }
  });
};

const describeEnding = (setup: Setup): void => {
  it('is free after a release by its owner, and only then', async () => {
    const { one, other } = await setup();
    await one.acquire('main', 'a');
    await other.release('main', 'b');
    expect(await other.acquire('main', 'b')).toBe('a');
    await one.release('main', 'a');
    expect(await one.renew('main', 'a')).toBe(false);
    expect(await other.acquire('main', 'b')).toBe('b');
    await one.release('main', 'a');
    expect(await other.renew('main', 'b')).toBe(true);
  });

  it('accepts the release of a lease that no engine holds', async () => {
    const { one } = await setup();
    await one.release('main', 'a');
    expect(await one.renew('main', 'a')).toBe(false);
    expect(await one.acquire('main', 'a')).toBe('a');
  });

  it('gives the lease of a dead owner to another one, unless it was renewed since the call before', async () => {
    const { one, other } = await setup();
    await one.acquire('main', 'a');
    expect(await other.acquire('main', 'b', 'a')).toBe('a');
    await one.renew('main', 'a');
    expect(await other.acquire('main', 'b', 'a')).toBe('a');
    expect(await other.acquire('main', 'b', 'c')).toBe('a');
    expect(await other.acquire('main', 'b', 'a')).toBe('b');
    expect(await one.renew('main', 'a')).toBe(false);
    expect(await other.renew('main', 'b')).toBe(true);
  });

  it('ends a lease that is not renewed, so that another one can take it', async () => {
    const { world, one, other } = await setup();
    await one.acquire('main', 'a');
    await world.expired('main');
    expect(await one.renew('main', 'a')).toBe(false);
    expect(await other.acquire('main', 'b')).toBe('b');
    expect(await one.renew('main', 'a')).toBe(false);
    expect(await one.acquire('main', 'a')).toBe('b');
  });
};
