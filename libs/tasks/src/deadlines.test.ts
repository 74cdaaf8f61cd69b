import { describe, expect, it } from 'vitest';
import { GRACE_MARGIN_MS, nextDeadline } from './deadlines.ts';
import { applyRecord } from './fold.ts';
import type { ChangeRecord } from './fold.ts';
import { aClass, aRow } from './task.arbitraries.ts';
import type { Timeouts } from './task-class.ts';
import type { Deadline } from './task.effects.ts';

const T1 = { id: 'T1', at: 5_000 } as const;
const error = { code: 'HANDLER_FAILED', message: 'boom' } as const;
const leased: ChangeRecord = { kind: 'leased', ...T1, at: 4_000, worker: 'W1', session: 'S1', epoch: 1 };
const returned: ChangeRecord = { kind: 'requeued', ...T1, why: 'returned' };
const stopping: ChangeRecord = { kind: 'stopping', ...T1, stop: 'cancel', reason: '' };
const retrying: ChangeRecord = { kind: 'retrying', ...T1, dueAt: 6_000, error };
const due: ChangeRecord = { kind: 'due', ...T1 };
const settled: ChangeRecord = { kind: 'settled', ...T1, state: 'completed' };

/** A task that was submitted at 1,000. */
const deadline = (
  given: Partial<Timeouts> & { expiresAt?: number },
  ...records: ChangeRecord[]
): Deadline | undefined => {
  const { expiresAt, ...timeouts } = given;
  const row = aRow({ class: aClass({ timeouts: { ...aClass().timeouts, ...timeouts } }), expiresAt });
  for (const record of records) applyRecord(row, record);
  return nextDeadline(row);
};

const all = { queue: 100, attempt: 200, total: 90_000, expiresAt: 80_000, grace: 300 };

describe('the next deadline', () => {
  it.each<
    [
      says: string,
      given: Parameters<typeof deadline>[0],
      records: ChangeRecord[],
      at: number,
      what: Deadline['what'],
    ]
  >([
    ['a waiting task: its waiting time', { queue: 100, total: 200 }, [], 1_100, 'queue'],
    ['a waiting task: its total time', { queue: 300, total: 200 }, [], 1_200, 'total'],
    ['a waiting task: its expiry', { queue: 300, expiresAt: 1_050 }, [], 1_050, 'expires'],
    ['a waiting task that expired before it came', { queue: 300, expiresAt: 500 }, [], 500, 'expires'],
    [
      'a running task: its attempt, from the start',
      { attempt: 200, total: 90_000 },
      [leased],
      4_200,
      'attempt',
    ],
    [
      'a running task: its total time, from submission',
      { attempt: 9_000, total: 4_000 },
      [leased],
      5_000,
      'total',
    ],
    ['a task that has run: only the total time', all, [leased, returned], 91_000, 'total'],
    ['a task that is due again: only the total time', all, [leased, retrying, due], 91_000, 'total'],
    ['a stopping task: the grace and a margin', all, [leased, stopping], 5_300 + GRACE_MARGIN_MS, 'grace'],
    [
      'a stopping task without a grace: the margin',
      { grace: 0 },
      [leased, stopping],
      5_000 + GRACE_MARGIN_MS,
      'grace',
    ],
    ['a retrying task: when it is due', all, [leased, retrying], 6_000, 'due'],
    ['a retrying task: its total time', { total: 4_500 }, [leased, retrying], 5_500, 'total'],
  ])('of %s', (...[, given, records, at, what]) => {
    expect(deadline(given, ...records)).toEqual({ at, what });
  });

  it.each<[says: string, given: Parameters<typeof deadline>[0], records: ChangeRecord[]]>([
    ['a waiting task without limits', {}, []],
    ['a running task without limits, whatever it waited for', { queue: 1, expiresAt: 2 }, [leased]],
    [
      'a waiting task that has run and has no total time',
      { queue: 1, attempt: 1, expiresAt: 2 },
      [leased, returned],
    ],
    ['a task with a verdict', all, [leased, settled]],
  ])('does not exist for %s', (_, given, records) => {
    expect(deadline(given, ...records)).toBeUndefined();
  });

  it('of a stopping task has nothing to do with its other limits: a second stop must not come before the end', () => {
    expect(deadline({ ...all, total: 1 }, leased, stopping)?.what).toBe('grace');
  });
});
