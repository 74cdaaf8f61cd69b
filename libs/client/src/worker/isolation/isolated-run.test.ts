import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scriptedGuests } from '../../testing/scripted-guests.ts';
import type { InterruptibleContext, InterruptionListener } from '../attempts/interruption.ts';
import type { Job, StopRequest } from '../handler.ts';
import { GuestPool } from './guest-pool.ts';
import { runIsolated } from './isolated-run.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An attempt in a guest that says nothing. */
const running = async ({ hangs = false } = {}) => {
  const guests = scriptedGuests({ hangs });
  const pool = new GuestPool(guests.handler(), {
    type: 'encode',
    logBytes: 10,
    warm: 1,
    makeRoom: () => undefined,
  });
  const open = pool.open();
  guests.all[0]?.load();
  await open;
  const logged: string[] = [];
  let listener: InterruptionListener | undefined;
  const context = {
    resume: undefined,
    log: (_: string, text: string) => void logged.push(text),
    listen: (one: InterruptionListener) => (listener = one),
  } as unknown as InterruptibleContext;
  const outcome = runIsolated(pool, { id: 'a' } as Job, context).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  const stop = (request: StopRequest): void => listener?.stopped(request);
  return { guests, pool, logged, outcome, stop, guest: guests.all[0] };
};

describe('an attempt in a guest', () => {
  it('is terminated by the earliest of several deadlines', async () => {
    const { outcome, stop, guest } = await running();
    stop({ reason: 'preempted', graceMs: 10_000 });
    vi.advanceTimersByTime(1_000);
    stop({ reason: 'cancelled', graceMs: 2_000 });
    stop({ reason: 'timeout', graceMs: 5_000 });
    expect(guest?.posted.filter(({ kind }) => kind === 'stop')).toHaveLength(3);
    vi.advanceTimersByTime(1_999);
    expect(guest?.isTerminated).toBe(false);
    vi.advanceTimersByTime(1);
    expect(guest?.isTerminated).toBe(true);
    const message = 'the handler had not left 2000 ms after its stop (cancelled): its thread was terminated';
    expect(await outcome).toMatchObject({ error: { code: 'CANCELLED', message } });
  });

  it('is given up 50 ms after its deadline where native code still runs, and its log says so', async () => {
    const { outcome, stop, logged } = await running({ hangs: true });
    stop({ reason: 'cancelled', graceMs: 20 });
    vi.advanceTimersByTime(70);
    const message = expect.stringContaining(
      'was terminated, and has not ended yet: native code cannot be interrupted',
    ) as string;
    expect(await outcome).toMatchObject({ error: { message } });
    expect(logged).toEqual([message]);
  });

  it('takes no message of an earlier run, and none after its end', async () => {
    const { outcome, guest, pool } = await running();
    guest?.received({ kind: 'returned', run: 0, result: '"old"' });
    guest?.received({ kind: 'returned', run: 1, result: '{"of":1}' });
    guest?.received({ kind: 'returned', run: 1, result: '"again"' });
    expect(await outcome).toEqual({ result: { of: 1 } });
    expect(pool.size).toBe(1);
  });

  it('leaves no timer when it ends before its deadline', async () => {
    const { outcome, stop, guest } = await running();
    stop({ reason: 'cancelled', graceMs: 20 });
    guest?.received({ kind: 'threw', run: 1, error: { value: { reason: 'cancelled', graceMs: 20 } } });
    expect(await outcome).toEqual({ error: { reason: 'cancelled', graceMs: 20 } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails with the cause when its guest cannot load the module that an earlier one could', async () => {
    const { pool, guests, outcome, guest } = await running();
    const context = { resume: undefined, listen: () => undefined } as unknown as InterruptibleContext;
    const second = runIsolated(pool, { id: 'b' } as Job, context);
    guests.all[1]?.received({ kind: 'unloadable', error: { error: { name: 'Error', message: 'deleted' } } });
    await expect(second).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    guest?.received({ kind: 'returned', run: 1 });
    expect(await outcome).toEqual({ result: undefined });
  });
});
