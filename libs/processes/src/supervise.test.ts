import { AppError, Probe } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import type { Exit } from './exit.ts';
import { supervise } from './supervise.ts';

const policy = { delayMs: 1, delayMsMax: 2, endsMax: 3, windowMs: 60_000 };
const crash: Exit = { code: 3, signal: null, lines: ['out of luck'] };

/** A process that ends when the test ends it. */
const fake = (id: number) => {
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  return { id, exited, end: (exit: Exit = crash) => resolve(exit) };
};

const setup = async (failures: readonly number[] = [], failure = new Error('no luck')) => {
  let starts = 0;
  const running = new Probe<ReturnType<typeof fake>>();
  const restarts = new Probe<string>();
  const reasons: string[] = [];
  running.arm();
  restarts.arm();
  const supervised = await supervise({
    name: 'engine',
    policy,
    start: () => {
      starts += 1;
      return failures.includes(starts) ? Promise.reject(failure) : Promise.resolve(fake(starts));
    },
    onRestart: (reason) => {
      reasons.push(reason);
      restarts.hit(reason);
    },
    onRunning: (one) => running.hit(one),
  });
  return { supervised, running, restarts, reasons, starts: () => starts };
};

describe('supervise', () => {
  it('throws when the first start fails', async () => {
    await expect(setup([1])).rejects.toThrow('no luck');
  });

  it('starts again what ended by itself, and says why it ended', async () => {
    const { supervised, running, restarts } = await setup();
    supervised.current().end();
    expect(await restarts.next()).toBe('exit code 3: out of luck');
    expect((await running.next()).id).toBe(2);
    expect(supervised.current().id).toBe(2);
  });

  it('counts a restart that failed as another end', async () => {
    const { supervised, running, restarts } = await setup([2]);
    supervised.current().end();
    await restarts.next();
    expect(await restarts.next()).toBe('no luck');
    expect((await running.next()).id).toBe(3);
  });

  it('gives up at once when a restart fails for a reason that lasts', async () => {
    const damaged = new AppError('JOURNAL_CORRUPT', 'journal entry 17 is not JSON');
    const { supervised, starts } = await setup([2], damaged);
    supervised.current().end();
    await expect(supervised.gaveUp).rejects.toBe(damaged);
    expect(starts()).toBe(2);
  });

  it('gives up when it ended too often, with the last words', async () => {
    const { supervised, running } = await setup();
    supervised.current().end();
    (await running.next()).end();
    (await running.next()).end({ code: null, signal: 'SIGKILL', lines: [] });
    await expect(supervised.gaveUp).rejects.toThrow(
      'the engine ended 3 times within 60 s, the last time with signal SIGKILL',
    );
  });

  it('does not start again what was stopped', async () => {
    const { supervised, starts, reasons } = await setup();
    await supervised.stop(async (one) => one.end());
    await supervised.stop(async (one) => one.end());
    expect([starts(), reasons]).toEqual([1, []]);
  });

  it('stops while it waits to start again', async () => {
    const { supervised, restarts, starts } = await setup();
    supervised.current().end();
    await restarts.next();
    await supervised.stop(async (one) => one.end());
    expect(starts()).toBe(1);
  });
});
