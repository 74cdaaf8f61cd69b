import { describe, expect, it } from 'vitest';
import { AppError } from './problem.ts';
import { retryUntilAborted } from './retry.ts';
import type { Wake } from './waiting.ts';

const outage = (): AppError => new AppError('JOURNAL_UNAVAILABLE', 'away');

/** Waits that pass at once, and are written down. */
const setup = () => {
  const waits: number[] = [];
  const wake: Wake = (ms, run) => {
    waits.push(ms);
    setImmediate(run);
    return () => undefined;
  };
  const stopping = new AbortController();
  return { waits, stopping, options: { signal: stopping.signal, firstMs: 10, maxMs: 35, wake } };
};

describe('retryUntilAborted', () => {
  it('repeats until the work succeeds, with waits that double up to the maximum', async () => {
    const { waits, options } = setup();
    let tries = 0;
    const work = () => (++tries < 5 ? Promise.reject(outage()) : Promise.resolve('done'));
    expect(await retryUntilAborted(work, options)).toBe('done');
    expect(waits).toEqual([10, 20, 35, 35]);
  });

  it('begins again with the shortest wait when the work has come further since the last failure', async () => {
    const { waits, options } = setup();
    let [tries, seq] = [0, 0];
    const work = () => {
      if (++tries === 3) seq = 8;
      return tries < 5 ? Promise.reject(outage()) : Promise.resolve();
    };
    await retryUntilAborted(work, { ...options, progress: () => seq });
    expect(waits).toEqual([10, 20, 10, 20]);
  });

  it('rejects at once with an error that no repeat can mend', async () => {
    const { waits, options } = setup();
    const refused = () => Promise.reject(new AppError('DATA_TOO_NEW', 'newer'));
    await expect(retryUntilAborted(refused, options)).rejects.toMatchObject({ code: 'DATA_TOO_NEW' });
    await expect(retryUntilAborted(() => Promise.reject(new Error('a defect')), options)).rejects.toThrow(
      'a defect',
    );
    expect(waits).toEqual([]);
  });

  it('repeats what the caller calls worth it, and reports each failure that is followed by a repeat', async () => {
    const { options } = setup();
    const failures: unknown[] = [];
    const work = () => (failures.length < 2 ? Promise.reject(new Error('x')) : Promise.resolve(1));
    const onFailure = (error: unknown): void => void failures.push(error);
    expect(await retryUntilAborted(work, { ...options, isWorthIt: () => true, onFailure })).toBe(1);
    expect(failures).toEqual([new Error('x'), new Error('x')]);
  });

  it('resolves to undefined when it is aborted in a wait, or before its first try', async () => {
    const { stopping, options } = setup();
    let tries = 0;
    const work = () => {
      tries++;
      return Promise.reject(outage());
    };
    const never: Wake = () => () => undefined;
    const outcome = retryUntilAborted(work, { ...options, wake: never });
    setImmediate(() => stopping.abort());
    expect([await outcome, await retryUntilAborted(work, options), tries]).toEqual([undefined, undefined, 1]);
  });
});
