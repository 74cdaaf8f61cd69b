import { describe, expect, it } from 'vitest';
import { applyRecord } from './fold.ts';
import { NO_PROGRESS } from './task-row.ts';
import { aRow, reloaded } from './task.arbitraries.ts';

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
});
