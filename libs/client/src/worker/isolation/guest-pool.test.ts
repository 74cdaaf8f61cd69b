import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ScriptedGuests } from '../../testing/scripted-guests.ts';
import { scriptedGuests } from '../../testing/scripted-guests.ts';
import { GuestPool } from './guest-pool.ts';
import type { PooledGuest } from './pooled-guest.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Made {
  readonly guests: ScriptedGuests;
  readonly pool: GuestPool;
  readonly room: () => number;
}

const make = ({ warm = 1, hangs = false } = {}): Made => {
  const guests = scriptedGuests({ hangs });
  let room = 0;
  const pool = new GuestPool(guests.handler(), {
    type: 'encode',
    logBytes: 10,
    warm,
    makeRoom: () => void room++,
  });
  return { guests, pool, room: () => room };
};

const opened = async (options: { readonly warm?: number; readonly hangs?: boolean } = {}): Promise<Made> => {
  const made = make(options);
  const open = made.pool.open();
  made.guests.all[0]?.load();
  await open;
  return made;
};

const ignore = { received: () => undefined, crashed: () => undefined };

/** Takes a guest for an attempt. */
const taken = (pool: GuestPool): PooledGuest => {
  const guest = pool.acquire();
  guest.begin(ignore);
  return guest;
};

describe('a pool of guests', () => {
  it('starts its warm guests, and tells each what to load', async () => {
    const { guests, pool } = await opened({ warm: 3 });
    expect(pool.size).toBe(3);
    const load = { kind: 'load', module: 'file:///encode.js', export: 'encode', logBytes: 10 };
    expect(guests.all.map(({ posted }) => posted)).toEqual([[load], [load], [load]]);
  });

  it('starts no guest after it was closed, also when its first one is loaded in the same moment', async () => {
    const { guests, pool } = make({ warm: 2 });
    const open = pool.open();
    guests.all[0]?.load();
    await pool.close();
    await open;
    expect(guests.all.map(({ isTerminated }) => isTerminated)).toEqual([true]);
  });

  it('starts one guest to try the module even when none is to be kept warm, and ends it later', async () => {
    const { guests, pool } = await opened({ warm: 0 });
    expect(pool.size).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect([pool.size, guests.all[0]?.isTerminated]).toEqual([0, true]);
  });

  it('gives a warm guest to one attempt after the other, and starts another one only when none waits', async () => {
    const { guests, pool } = await opened();
    const first = taken(pool);
    pool.release(first);
    expect(taken(pool)).toBe(first);
    expect(taken(pool)).not.toBe(first);
    expect(guests.all).toHaveLength(2);
  });

  it('ends guests above the warm ones after ten seconds without an attempt', async () => {
    const { guests, pool } = await opened();
    const all = [taken(pool), taken(pool), taken(pool)];
    for (const guest of all) pool.release(guest);
    vi.advanceTimersByTime(9_999);
    expect(pool.size).toBe(3);
    vi.advanceTimersByTime(1);
    expect(pool.size).toBe(1);
    expect(guests.all.map(({ isTerminated }) => isTerminated)).toEqual([true, true, false]);
  });

  it('does not end a guest that has got another attempt', async () => {
    const { pool } = await opened();
    const [first, second] = [taken(pool), taken(pool)];
    pool.release(first);
    pool.release(second);
    vi.advanceTimersByTime(5_000);
    expect(taken(pool)).toBe(second);
    expect(taken(pool)).toBe(first);
    vi.advanceTimersByTime(20_000);
    expect(pool.size).toBe(2);
  });

  it('replaces a terminated guest in the background', async () => {
    const { guests, pool } = await opened();
    expect(await pool.terminate(taken(pool))).toBe(true);
    expect(guests.all.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
    expect(pool.size).toBe(1);
  });

  it('replaces a guest that does not end, and uses it for nothing else', async () => {
    const { pool } = await opened({ hangs: true });
    const stuck = taken(pool);
    const ended = pool.terminate(stuck);
    vi.advanceTimersByTime(50);
    expect(await ended).toBe(false);
    pool.release(stuck);
    expect(taken(pool)).not.toBe(stuck);
    expect(pool.size).toBe(1);
  });

  it('makes room before it starts a guest, and gives up only what waits above the warm ones', async () => {
    const { pool, room } = await opened();
    const [first, second] = [taken(pool), taken(pool)];
    expect(room()).toBe(2);
    pool.release(first);
    pool.release(second);
    expect(pool.endSurplus()).toBe(true);
    expect(pool.endSurplus()).toBe(false);
    expect(pool.size).toBe(1);
  });

  it('ends all guests when it is closed, leaves no timer, and takes no attempt any more', async () => {
    const { guests, pool } = await opened();
    const all = [taken(pool), taken(pool)];
    for (const guest of all) pool.release(guest);
    const closed = pool.close();
    expect(guests.all.every(({ isTerminated }) => isTerminated)).toBe(true);
    await closed;
    expect([pool.size, vi.getTimerCount()]).toEqual([0, 0]);
    expect(() => pool.acquire()).toThrow(expect.objectContaining({ code: 'WORKER_LOST' }) as Error);
  });

  it('does not open when its module cannot be loaded, and names module and export', async () => {
    const { guests, pool } = make();
    const open = pool.open();
    const error = { error: { name: 'SyntaxError', message: 'what is this' } };
    guests.all[0]?.received({ kind: 'unloadable', error });
    await expect(open).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: 'cannot load the isolated handler encode of file:///encode.js: what is this',
    });
  });

  it('does not open when its first guest ends while it loads, or loads for half a minute', async () => {
    const ended = make();
    const open = ended.pool.open();
    ended.guests.all[0]?.ended({ exitCode: 5 });
    await expect(open).rejects.toMatchObject({ message: expect.stringContaining('(exit code 5)') as string });
    const slow = make().pool.open();
    const refused = expect(slow).rejects.toMatchObject({
      message: expect.stringContaining('30000 ms') as string,
    });
    await vi.advanceTimersByTimeAsync(30_000);
    await refused;
  });
});
