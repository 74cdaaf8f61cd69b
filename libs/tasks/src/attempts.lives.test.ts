import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_ATTEMPT, attemptAfter, begunBy, leaseEndOf, ranUntil, unsavedMs } from './attempts.ts';
import type { Attempt } from './attempts.ts';
import { applyRecord } from './fold.ts';
import { drawnSteps, stepRecordOf } from './durable-state.arbitraries.ts';
import { lives } from './moves.arbitraries.ts';
import type { ChangeRecord } from './records.ts';
import { aRow, anOrder, classes } from './task.arbitraries.ts';
import { isLeased } from './task-state.ts';
import type { TaskRow } from './task-row.ts';
import { attemptOf, contextOf, isAssignedAhead } from './task-row.ts';
import { after, effectsOf, fresh, goesOnFrom, walkOn } from './walk.arbitraries.ts';

/** One record of a life: the attempt before and after it, and the row after it. */
interface FoldedRecord {
  readonly record: ChangeRecord;
  readonly before: Attempt;
  readonly next: Attempt;
  readonly row: TaskRow;
}

/** Runs `check` with all records of many lives; time passes unevenly, and steps are kept in between. */
const forEveryLife = (check: (folded: readonly FoldedRecord[]) => void): void => {
  const diaries = fc.array(drawnSteps, { maxLength: 20, size: 'max' });
  fc.assert(
    fc.property(classes, lives, diaries, (taskClass, moves, diary) => {
      const row = aRow({ class: taskClass });
      let attempt = NO_ATTEMPT;
      const folded: FoldedRecord[] = [];
      const take = (record: ChangeRecord): void => {
        const [before, late] = [attempt, slowly(record)];
        attempt = attemptAfter(attempt, late);
        applyRecord(row, late);
        folded.push({ record: late, before, next: attempt, row: Object.assign(aRow(), row) });
      };
      const admitted = after(fresh(contextOf(row)), { type: 'ADMITTED', at: 950 });
      walkOn(admitted, moves, ({ before, event, next, leasedAt }, index) => {
        for (const effect of effectsOf(before, event)) if (effect.kind === 'journal') take(effect.record);
        const steps = isLeased(row.state) ? (diary[index] ?? []) : [];
        for (const one of steps)
          take(stepRecordOf(one, row, { at: event.at, leasedAt, seq: folded.length + 1 }));
        return goesOnFrom(next, row);
      });
      check(folded);
    }),
    { numRuns: 200 },
  );
};

/** The record with more time before it: a millisecond between two records hides which of them was counted. */
const slowly = (record: ChangeRecord): ChangeRecord => {
  const at = slowTime(record.at);
  return record.ranMs === undefined
    ? { ...record, at }
    : { ...record, at, ranMs: at - slowTime(record.at - record.ranMs) };
};
const slowTime = (at: number): number => at * (at - 940);

/** How long the code of the task ran between two records. */
const ranBetween = (was: FoldedRecord | undefined, { at, ranMs = 0 }: ChangeRecord): number => {
  if (was === undefined || !['running', 'stopping', 'preempting'].includes(was.row.state)) return 0;
  return isAssignedAhead(was.row) ? ranMs : at - was.record.at;
};

describe('the fold of attempts', () => {
  it('gives an attempt the counts, the lease and the run time of the row after every record of every life', () => {
    forEveryLife((folded) => {
      for (const { next, row } of folded) {
        const { checkpoints: _, earlierCheckpoints: __, durableMs: ___, savedMs: ____, ...figures } = next;
        const { outcome: _____, end: ______, session, leasedAt, ...counts } = figures;
        expect(attemptOf(row)).toMatchObject(counts);
        expect(next.ranMs).toBe(row.durable.ranMs);
        if (!isLeased(row.state)) continue;
        expect(session).toBe(row.run.session);
        if (row.run.thaws === undefined && !isAssignedAhead(row)) expect(leasedAt).toBe(row.run.startedAt);
      }
    });
  });

  it('measures for each lease the time in which the task was running, stopping or preempting', () => {
    forEveryLife((folded) => {
      let ranMs = 0;
      for (const [index, { record, before, next, row }] of folded.entries()) {
        const was = folded[index - 1];
        if (record.kind === 'leased' && !before.resuming) ranMs = 0;
        ranMs += ranBetween(was, record);
        if (isLeased(row.state)) expect(ranUntil(next, record.at)).toBe(ranMs);
        if (next.outcome && !before.outcome) expect(ranUntil(begunBy(before, record), record.at)).toBe(ranMs);
      }
    });
  });

  it('names the end of each lease once, from the record that ended it', () => {
    forEveryLife((folded) => {
      for (const [index, { record, before, next, row }] of folded.entries()) {
        const was = folded[index - 1]?.row.state ?? 'queued';
        const isEnd = isLeased(was) && !isLeased(row.state);
        expect(next.outcome !== undefined && before.outcome === undefined).toBe(isEnd);
        if (isEnd) expect(leaseEndOf(record)).toMatchObject({ outcome: next.outcome });
      }
    });
  });

  it('counts the checkpoints of the attempt, and loses no more than the work since the last one', () => {
    forEveryLife((folded) => {
      let [checkpoints, sinceMs, savedMs] = [0, 0, 0];
      for (const [index, { record, before, next, row }] of folded.entries()) {
        sinceMs += ranBetween(folded[index - 1], record);
        if (record.kind === 'leased') sinceMs = 0;
        if (record.kind === 'leased' && !before.resuming) checkpoints = 0;
        if (record.kind === 'kept' && record.step.kind === 'checkpoint') {
          checkpoints++;
          savedMs += sinceMs;
          sinceMs = 0;
        }
        expect([next.checkpoints, next.savedMs]).toEqual([checkpoints, savedMs]);
        if (isLeased(row.state)) expect(unsavedMs(next, record.at)).toBe(sinceMs);
      }
    });
  });
});

describe('an attempt', () => {
  const T1 = { id: 'T1' } as const;
  const leased = (at: number, epoch = 1): ChangeRecord => ({
    kind: 'leased',
    ...T1,
    at,
    worker: 'W1',
    session: 'S1',
    epoch,
  });
  const preempting = (at: number): ChangeRecord => ({ kind: 'preempting', ...T1, at, ...anOrder() });
  const suspended = (at: number): ChangeRecord => ({ kind: 'suspended', ...T1, at, until: 900_000 });
  const resumed = (at: number): ChangeRecord => ({ kind: 'resumed', ...T1, at });
  const fold = (...records: ChangeRecord[]): Attempt =>
    records.reduce((attempt, record) => attemptAfter(attempt, record), NO_ATTEMPT);

  it('counts 20 s of run time and one preemption for an attempt that ran 10 s, was suspended for 590 s and ran 10 s more', () => {
    const attempt = fold(leased(0), preempting(9_000), suspended(10_000), resumed(600_000));
    expect(ranUntil(attempt, 610_000)).toBe(20_000);
    expect(attempt).toMatchObject({ attempt: 1, preemptions: 1, epoch: 1, worker: 'W1' });
  });

  it('keeps the run time of both leases when a resumed attempt is given back', () => {
    const attempt = fold(
      leased(0),
      { kind: 'preempted', ...T1, at: 60_000, end: 'yielded', dueAt: 61_000 },
      leased(100_000, 2),
      { kind: 'requeued', ...T1, at: 100_500, why: 'returned' },
      leased(200_000, 3),
    );
    expect(attempt).toMatchObject({ attempt: 1, resuming: true, preemptions: 1 });
    expect(ranUntil(attempt, 200_500)).toBe(61_000);
  });

  it('keeps the lease and counts no preemption when the order to a victim is withdrawn', () => {
    const attempt = fold(leased(0), preempting(4_000), { kind: 'spared', ...T1, at: 5_000 });
    expect(attempt).toMatchObject({ preemptions: 0, preempt: undefined, runningSince: 0 });
    expect(attempt.outcome).toBeUndefined();
  });

  it('runs from the stop until its end when it is stopped while it is suspended', () => {
    const stopping: ChangeRecord = { kind: 'stopping', ...T1, at: 50_000, stop: 'cancel' };
    const attempt = fold(leased(0), preempting(1_000), suspended(2_000), stopping);
    expect(ranUntil(attempt, 53_000)).toBe(5_000);
    const ended = attemptAfter(attempt, { kind: 'settled', ...T1, at: 53_000, state: 'cancelled' });
    expect(ended).toMatchObject({ outcome: 'cancelled', preemptions: 1, runningSince: undefined });
  });

  it('starts another attempt after a failure', () => {
    const error = { code: 'HANDLER_FAILED', message: 'boom' } as const;
    const retrying: ChangeRecord = { kind: 'retrying', ...T1, at: 7_000, dueAt: 8_000, error };
    const attempt = fold(leased(0), retrying, { kind: 'due', ...T1, at: 8_000 }, leased(9_000, 2));
    expect(attempt).toMatchObject({ attempt: 2, retries: 1, ranMs: 0, runningSince: 9_000 });
  });
});
