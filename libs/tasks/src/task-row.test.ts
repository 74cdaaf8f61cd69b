import { describe, expect, it } from 'vitest';
import { applyRecord } from './fold.ts';
import { NO_PROGRESS } from './task-row.ts';
import { aRow, reloaded } from './task.arbitraries.ts';

const DAY_MS = 86_400_000;

const leased = { kind: 'leased', id: 'T1', at: 2_000, worker: 'w', session: 's', epoch: 1 } as const;

describe('TaskRow', () => {
  it('shares one progress with all tasks that never started, also when it comes from a snapshot', () => {
    expect(aRow().progress).toBe(NO_PROGRESS);
    expect(reloaded(aRow()).progress).toBe(NO_PROGRESS);
  });

  it('has a progress of its own from its first lease on, also when it comes from a snapshot', () => {
    const row = aRow();
    applyRecord(row, leased);
    for (const one of [row, reloaded(row)])
      expect(one).toMatchObject({ attempt: 1, epoch: 1, run: { worker: 'w' } });
    expect(NO_PROGRESS).toMatchObject({ attempt: 0, epoch: 0, run: {} });
  });

  it('tells when it was submitted and when it expires, also when it comes from a snapshot', () => {
    const at = 1_900_000_000_001;
    for (const expiresAt of [0, at + 1, at + 50 * DAY_MS])
      for (const row of [aRow({ at, expiresAt }), reloaded(aRow({ at, expiresAt }))])
        expect(row).toMatchObject({ submittedAt: at, expiresAt });
  });

  it('shares what it knows of its arrival with tasks of the same days that do not expire either', () => {
    const at = 1_900_000_000_001;
    const row = aRow({ at });
    expect(aRow({ at: at + 1, key: 'k' }).arrival).toBe(row.arrival);
    expect(aRow({ at: at + 1, expiresAt: at + 2 }).arrival).not.toBe(row.arrival);
    expect(aRow({ at: at + 20 * DAY_MS }).arrival).not.toBe(row.arrival);
    expect(row).toMatchObject({ submittedAt: at, expiresAt: 0 });
  });
});
