import { describe, expect, it } from 'vitest';
import { memoryLog } from './memory-log.ts';

const unavailable = { code: 'JOURNAL_UNAVAILABLE' };

describe('the faults of a memory log', () => {
  it('loses an append before it lands', async () => {
    const log = memoryLog();
    log.failNext('before');
    await expect(log.append('lost', 0)).rejects.toMatchObject(unavailable);
    expect(await log.last()).toBe(0);
    expect(await log.append('again', 0)).toBe(1);
  });

  it('loses the answer after the append has landed', async () => {
    const log = memoryLog();
    log.failNext('after');
    await expect(log.append('landed', 0)).rejects.toMatchObject(unavailable);
    expect(await log.last()).toBe(1);
    expect(log.storage.entries.map(({ text }) => text)).toEqual(['landed']);
  });

  it('does not let a second append land behind a first one that was lost', async () => {
    const log = memoryLog();
    log.failNext('before');
    const both = await Promise.allSettled([log.append('lost', 0), log.append('behind it', 1)]);
    expect(both).toMatchObject([{ reason: unavailable }, { reason: unavailable }]);
    expect(log.storage.last).toBe(0);
  });

  it('rejects everything under way when the connection is cut, whether it lands or not', async () => {
    const log = memoryLog();
    const appends = Promise.allSettled([log.append('lands', 0), log.append('does not', 1)]);
    log.cut(1);
    expect(await appends).toMatchObject([{ reason: unavailable }, { reason: unavailable }]);
    await expect(log.append('while cut', 1)).rejects.toMatchObject(unavailable);
    await expect(log.last()).rejects.toMatchObject(unavailable);
    log.heal();
    expect(await log.last()).toBe(1);
    expect(await log.append('after it', 1)).toBe(2);
  });

  it('keeps the order of appends also when the carrier does not', async () => {
    const carried: (() => void)[] = [];
    const log = memoryLog({ carry: (run) => void carried.push(run), now: () => 7 });
    const appends = Promise.all([log.append('a', 0), log.append('b', 1), log.append('c', 2)]);
    while (carried.length > 0) carried.pop()?.();
    expect(await appends).toEqual([1, 2, 3]);
    expect(log.storage.entries).toEqual([
      { seq: 1, at: 7, text: 'a' },
      { seq: 2, at: 7, text: 'b' },
      { seq: 3, at: 7, text: 'c' },
    ]);
  });
});
