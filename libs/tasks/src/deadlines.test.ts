import { describe, expect, it } from 'vitest';
import { GRACE_MARGIN_MS, nextDeadline } from './deadlines.ts';
import { applyRecord } from './fold.ts';
import type { ChangeRecord } from './records.ts';
import type { LeasedRecord, PreemptedRecord, RequeuedRecord, StoppingRecord } from './records.ts';
import { aClass, aRow, anOrder } from './task.arbitraries.ts';
import type { Timeouts } from './task-class.ts';
import type { PreemptMode } from './task-state.ts';
import type { Deadline } from './deadlines.ts';

const T1 = { id: 'T1', at: 5_000 } as const;
const error = { code: 'HANDLER_FAILED', message: 'boom' } as const;
const leased: LeasedRecord = { kind: 'leased', ...T1, at: 4_000, worker: 'W1', session: 'S1', epoch: 1 };
const returned: RequeuedRecord = { kind: 'requeued', ...T1, why: 'returned' };
const stopping: StoppingRecord = { kind: 'stopping', ...T1, stop: 'cancel', reason: '' };
const retrying: ChangeRecord = { kind: 'retrying', ...T1, dueAt: 6_000, error };
const preempting = (mode: PreemptMode, deadlineAt: number): ChangeRecord => ({
  kind: 'preempting',
  ...T1,
  ...anOrder({ mode, deadline: deadlineAt }),
});
const withdrawn: ChangeRecord = { kind: 'spared', ...T1 };
/** After a second of running. */
const frozen: ChangeRecord[] = [
  leased,
  preempting('suspend', 8_000),
  { kind: 'suspended', ...T1, until: 20_000 },
];
const thawed: ChangeRecord = { kind: 'resumed', ...T1, at: 15_000 };
/** After a second of running. */
const preempted: PreemptedRecord = { kind: 'preempted', ...T1, end: 'yielded', dueAt: 6_000 };
const yielded: ChangeRecord = { kind: 'requeued', ...T1, why: 'yielded' };
const resumed: LeasedRecord = { ...leased, at: 7_000, epoch: 2 };
const interrupted = [leased, preempted, resumed];
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
    [
      'a victim: its order, not its attempt',
      { attempt: 200, total: 90_000 },
      [leased, preempting('at_checkpoint', 8_000)],
      8_000,
      'preempt',
    ],
    [
      'a victim that is left alone: its order',
      { attempt: 9_000 },
      [leased, preempting('delay', 8_000)],
      8_000,
      'preempt',
    ],
    [
      'a victim that is left alone: its attempt, which goes on',
      all,
      [leased, preempting('delay', 8_000)],
      4_200,
      'attempt',
    ],
    ['a frozen victim: until when it may be, not its attempt', all, frozen, 20_000, 'preempt'],
    ['a frozen victim: its total time', { total: 6_000 }, frozen, 7_000, 'total'],
    [
      'a thawed task: what is left of its attempt',
      { attempt: 3_000, total: 90_000 },
      [...frozen, thawed],
      17_000,
      'attempt',
    ],
    [
      'a task that was frozen for too long: its end by force, and a margin',
      all,
      [...frozen, { ...preempting('immediate', 21_000), at: 20_000 }],
      21_000 + GRACE_MARGIN_MS,
      'preempt',
    ],
    ['a victim that is to be frozen', all, [leased, preempting('suspend', 8_000)], 8_000, 'preempt'],
    [
      'a victim that is ended by force: the same, and a margin',
      all,
      [leased, preempting('immediate', 8_000)],
      8_000 + GRACE_MARGIN_MS,
      'preempt',
    ],
    [
      'a victim with a second order: the later order',
      all,
      [leased, preempting('delay', 8_000), preempting('at_checkpoint', 9_000)],
      9_000,
      'preempt',
    ],
    [
      'a victim: its total time',
      { total: 6_000 },
      [leased, preempting('at_checkpoint', 8_000)],
      7_000,
      'total',
    ],
    [
      'a victim: its total time, when both come at once',
      { total: 7_000 },
      [leased, preempting('at_checkpoint', 8_000)],
      8_000,
      'total',
    ],
    [
      'a task whose preemption was withdrawn: its attempt, from the start',
      { attempt: 2_000 },
      [leased, preempting('delay', 8_000), withdrawn],
      6_000,
      'attempt',
    ],
    [
      'a victim that is cancelled: its grace, from then on',
      all,
      [leased, preempting('delay', 4_500), { ...stopping, at: 6_000 }],
      6_300 + GRACE_MARGIN_MS,
      'grace',
    ],
    ['a preempted task: when its pause is over', all, [leased, preempted], 6_000, 'due'],
    ['a preempted task: its total time', { total: 4_500 }, [leased, preempted], 5_500, 'total'],
    ['a preempted task that is due: only the total time', all, [leased, preempted, due], 91_000, 'total'],
    ['a resumed task: what its attempt has left', { attempt: 3_000 }, interrupted, 9_000, 'attempt'],
    [
      'a task that was resumed twice: what its attempt has left',
      { attempt: 3_000 },
      [...interrupted, { ...preempted, at: 7_500 }, { ...resumed, at: 8_000 }],
      9_500,
      'attempt',
    ],
    ['a task that yielded, resumed', { attempt: 3_000 }, [leased, yielded, resumed], 9_000, 'attempt'],
    [
      'a resumed task whose attempt has nothing left: at once, but after it began',
      { attempt: 1_000 },
      interrupted,
      7_001,
      'attempt',
    ],
    [
      'a task that failed after its resume: another attempt has its whole time',
      { attempt: 3_000 },
      [...interrupted, retrying, due, resumed],
      10_000,
      'attempt',
    ],
    [
      'a task that was lost after its resume: another attempt has its whole time',
      { attempt: 3_000 },
      [...interrupted, { ...returned, why: 'lost' }, resumed],
      10_000,
      'attempt',
    ],
    ['a retrying task: its total time', { total: 4_500 }, [leased, retrying], 5_500, 'total'],
  ])('is, of %s', (...[, given, records, at, what]) => {
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
    ['a resumed task without limits, however long it ran', {}, interrupted],
    ['a preempted task with a verdict', all, [leased, preempted, settled]],
    ['a task with a verdict', all, [leased, settled]],
  ])('is undefined for %s', (_, given, records) => {
    expect(deadline(given, ...records)).toBeUndefined();
  });

  it('is the grace for a stopping task whatever its other limits are: a second stop must not come before the end', () => {
    expect(deadline({ ...all, total: 1 }, leased, stopping)?.what).toBe('grace');
  });
});
